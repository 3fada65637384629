// Several tabs of one origin: the events they tell each other, and the few streams they may hold open together.
// A browser gives one HTTP/1.1 origin six connections; five may stream, so that everything else still gets through.
import type { AnswerMetrics, MessageId, ThreadId, ToolCall } from '@/domain'
import { newId } from '@/stores/ids'
import { browserLocks, type Locks, type Release } from '@/stores/locks'

export const STREAM_SLOTS = 5
export const CHANNEL = 'llms'

/** What a tab that runs an answer shows, and others mirror. */
export interface LiveState {
  threadId: ThreadId
  content: string
  reasoning: string
  phase: string
  startedAt: number
  model?: string
  provider?: string
  toolCalls?: ToolCall[]
  metrics?: Partial<AnswerMetrics>
}

/** A piece of text and the length of what came before it, so that a missed piece shows. */
export interface Appended {
  at: number
  text: string
}

export type TabEvent =
  /** A thread was made, changed or removed: read it anew. */
  | { kind: 'thread-changed'; threadId: ThreadId; removed?: boolean }
  /** A message was added, changed or, with all that follows it, removed: read it anew. */
  | { kind: 'message-changed'; threadId: ThreadId; messageId: MessageId; removed?: boolean }
  /** Many threads came or went at once: read the list anew. */
  | { kind: 'threads-changed' }
  | { kind: 'prompts-changed' }
  | { kind: 'requests-changed' }
  | {
      kind: 'live-delta'
      messageId: MessageId
      content?: Appended
      reasoning?: Appended
      patch?: Partial<LiveState>
      snapshot?: LiveState
    }
  /** Asks the tab that runs the answer to tell all of it. */
  | { kind: 'live-wanted'; messageId: MessageId }
  | { kind: 'live-ended'; messageId: MessageId }
  | { kind: 'stop'; messageId: MessageId }

export type TabEventOf<K extends TabEvent['kind']> = Extract<TabEvent, { kind: K }>

interface Envelope {
  from: string
  event: TabEvent
}

/** The part of BroadcastChannel that is used. */
export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
}

export interface Tabs {
  readonly id: string
  readonly locks: Locks
  /** Tells the other tabs; this one does not hear itself. */
  post(event: TabEvent): void
  on<K extends TabEvent['kind']>(kind: K, handler: (event: TabEventOf<K>) => void): () => void
  /** Runs `work` while it holds one of the five streams of the origin; `onWait` says when it must wait, and when no more. */
  withStreamSlot<T>(work: () => Promise<T>, signal: AbortSignal, onWait?: (waiting: boolean) => void): Promise<T>
  close(): void
}

export function createTabs(channel: Channel | null, locks: Locks, id = newId()): Tabs {
  const handlers = new Map<string, Set<(event: TabEvent) => void>>()
  if (channel) {
    channel.onmessage = (message) => {
      const { from, event } = message.data as Envelope
      if (from !== id) handlers.get(event.kind)?.forEach((handler) => handler(event))
    }
  }

  function on<K extends TabEvent['kind']>(kind: K, handler: (event: TabEventOf<K>) => void): () => void {
    const known = handlers.get(kind) ?? new Set()
    handlers.set(kind, known)
    known.add(handler as (event: TabEvent) => void)
    return () => known.delete(handler as (event: TabEvent) => void)
  }

  async function withStreamSlot<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    onWait?: (waiting: boolean) => void,
  ): Promise<T> {
    signal.throwIfAborted()
    let release = await freeSlot(locks)
    if (!release) {
      onWait?.(true)
      release = await nextSlot(locks, signal).finally(() => onWait?.(false))
    }
    try {
      return await work()
    } finally {
      release()
    }
  }

  return {
    id,
    locks,
    on,
    withStreamSlot,
    post: (event) => channel?.postMessage({ from: id, event } satisfies Envelope),
    close: () => channel?.close(),
  }
}

const slotNames = Array.from({ length: STREAM_SLOTS }, (_, slot) => `llms.stream.${slot}`)

async function freeSlot(locks: Locks): Promise<Release | null> {
  for (const name of slotNames) {
    const release = await locks.tryHold(name)
    if (release) return release
  }
  return null
}

/** Stands in line for every slot at once and keeps the first that comes. */
async function nextSlot(locks: Locks, signal: AbortSignal): Promise<Release> {
  const enough = new AbortController()
  const either = AbortSignal.any([signal, enough.signal])
  let won: Release | undefined
  const lines = slotNames.map(async (name) => {
    const release = await locks.hold(name, either)
    if (won) release()
    else won = release
    return won
  })
  try {
    return await Promise.any(lines)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    enough.abort()
  }
}

let shared: Tabs | undefined

export function useTabs(): Tabs {
  shared ??= createTabs(typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL), browserLocks())
  return shared
}

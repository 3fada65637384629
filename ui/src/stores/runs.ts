// Answers in the making, across tabs: one tab runs each and tells the others, who show it live and can stop it.
// A lock says that the running tab lives. Without shared locks (plain HTTP on another host) the tab is asked instead.
import type { MessageId } from '@/domain'
import type { Appended, LiveState, TabEventOf, Tabs } from './tabs'
import { useTabs } from './tabs'

/** How long a living tab may take to answer when there is no lock to look at. */
const ANSWER_MS = 1500
const QUIET_MS = 5000

export interface OwnedRun {
  /** Tells the other tabs what came. Texts are what was added since the last call. */
  tell(added: { content?: string; reasoning?: string; patch?: Partial<LiveState> }): void
  /** After the final message is stored. */
  end(): void
}

export interface MirrorHandlers {
  /** The whole state, whenever it changed. */
  update(state: LiveState): void
  /** The run is over, or its tab is gone: read the message anew; one left `streaming` is without an owner. */
  ended(): void
}

export interface Runs {
  /** Says that this tab runs the answer. `snapshot` gives what is there so far, `stop` is another tab's wish. */
  own(messageId: MessageId, owner: { snapshot(): LiveState; stop(): void }): Promise<OwnedRun>
  /** Follows an answer that another tab runs; the result ends the following. */
  mirror(messageId: MessageId, handlers: MirrorHandlers): () => void
  /** Asks the tab that runs the answer to stop it. */
  stop(messageId: MessageId): void
  isOwn(messageId: MessageId): boolean
  /** When this tab runs nothing any more. */
  idle(): Promise<void>
  /** Whether some tab runs the answer. */
  alive(messageId: MessageId): Promise<boolean>
}

const lockName = (messageId: MessageId) => `llms.run.${messageId}`

export function createRuns(tabs: Tabs): Runs {
  const owned = new Map<MessageId, { snapshot(): LiveState; stop(): void }>()
  let whenIdle: (() => void)[] = []

  tabs.on('stop', ({ messageId }) => owned.get(messageId)?.stop())
  tabs.on('live-wanted', ({ messageId }) => {
    const run = owned.get(messageId)
    if (run) tabs.post({ kind: 'live-delta', messageId, snapshot: run.snapshot() })
  })

  async function own(messageId: MessageId, owner: { snapshot(): LiveState; stop(): void }): Promise<OwnedRun> {
    const release = await tabs.locks.hold(lockName(messageId))
    owned.set(messageId, owner)
    const first = owner.snapshot()
    const told = { content: first.content.length, reasoning: first.reasoning.length }
    tabs.post({ kind: 'live-delta', messageId, snapshot: first })

    const piece = (key: 'content' | 'reasoning', text: string | undefined): { [K in typeof key]?: Appended } => {
      if (!text) return {}
      const at = told[key]
      told[key] += text.length
      return { [key]: { at, text } }
    }
    return {
      tell({ content, reasoning, patch }) {
        const event: TabEventOf<'live-delta'> = { kind: 'live-delta', messageId }
        Object.assign(event, piece('content', content), piece('reasoning', reasoning), patch ? { patch } : {})
        tabs.post(event)
      },
      end() {
        if (!owned.delete(messageId)) return
        tabs.post({ kind: 'live-ended', messageId })
        release()
        if (owned.size > 0) return
        for (const tell of whenIdle) tell()
        whenIdle = []
      },
    }
  }

  function mirror(messageId: MessageId, handlers: MirrorHandlers): () => void {
    const over = new AbortController()
    let state: LiveState | undefined
    let asked = false
    const ask = () => {
      if (asked) return
      asked = true
      tabs.post({ kind: 'live-wanted', messageId })
    }
    const finish = () => {
      if (over.signal.aborted) return
      over.abort()
      handlers.ended()
    }
    const offs = [
      tabs.on('live-delta', (event) => {
        if (event.messageId !== messageId) return
        if (event.snapshot) asked = false
        state = event.snapshot ?? advance(state, event)
        if (state) handlers.update(state)
        else ask()
      }),
      tabs.on('live-ended', (event) => event.messageId === messageId && finish()),
    ]
    over.signal.addEventListener('abort', () => offs.forEach((off) => off()))
    ask()
    if (tabs.locks.shared) tabs.locks.untilFree(lockName(messageId), over.signal).then(finish, () => undefined)
    else watchQuiet(tabs, messageId, over.signal, finish)
    return () => over.abort()
  }

  async function alive(messageId: MessageId): Promise<boolean> {
    if (owned.has(messageId)) return true
    return tabs.locks.shared ? tabs.locks.held(lockName(messageId)) : answers(tabs, messageId)
  }

  return {
    own,
    mirror,
    alive,
    isOwn: (messageId) => owned.has(messageId),
    idle: () => new Promise((resolve) => (owned.size === 0 ? resolve() : whenIdle.push(resolve))),
    stop: (messageId) => tabs.post({ kind: 'stop', messageId }),
  }
}

/** The state with the new pieces, or undefined where something was missed and all of it must be asked for. */
function advance(state: LiveState | undefined, event: TabEventOf<'live-delta'>): LiveState | undefined {
  if (!state) return undefined
  const next = { ...state, ...event.patch }
  for (const key of ['content', 'reasoning'] as const) {
    const piece = event[key]
    if (!piece) continue
    if (piece.at !== state[key].length) return undefined
    next[key] = state[key] + piece.text
  }
  return next
}

/** True once the running tab says something of the answer; false after a while of silence. */
function answers(tabs: Tabs, messageId: MessageId): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (heard: boolean) => {
      clearTimeout(timer)
      off()
      resolve(heard)
    }
    const off = tabs.on('live-delta', (event) => event.messageId === messageId && done(true))
    const timer = setTimeout(() => done(false), ANSWER_MS)
    tabs.post({ kind: 'live-wanted', messageId })
  })
}

/** Calls `gone` when the running tab no longer answers. */
function watchQuiet(tabs: Tabs, messageId: MessageId, signal: AbortSignal, gone: () => void): void {
  const timer = setInterval(async () => {
    if (!(await answers(tabs, messageId)) && !signal.aborted) gone()
  }, QUIET_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}

let shared: Runs | undefined

export function useRuns(): Runs {
  shared ??= createRuns(useTabs())
  return shared
}

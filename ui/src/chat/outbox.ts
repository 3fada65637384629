// What is not sent yet, in localStorage, one key each, so that a reload loses nothing and two tabs do not overwrite each
// other: messages that wait for their turn, and answers that wait for the gateway.
import { computed, shallowRef, type ComputedRef } from 'vue'
import type { QueuedMessage } from '@/chat/types'
import type { MessageId, ThreadId } from '@/domain'

export interface WaitingAnswer {
  threadId: ThreadId
  messageId: MessageId
  /** The prompt, where it was sent with this answer; absent where it had been answered before. */
  promptId?: MessageId
}

/** What a page that goes had of an answer: its database is too slow for that moment. */
export interface Rescued {
  threadId: ThreadId
  messageId: MessageId
  content: string
  reasoning: string
}

export interface Outbox {
  queue(threadId: ThreadId): ComputedRef<readonly QueuedMessage[]>
  /** The threads in which something waits for its turn. */
  threadIds(): ThreadId[]
  find(id: string): QueuedMessage | undefined
  /** Looks again at what is stored: what another tab did may not have been heard yet. */
  refresh(): void
  put(message: QueuedMessage, options?: { inMemory?: boolean }): void
  remove(id: string): void
  waiting(): WaitingAnswer[]
  putWaiting(answer: WaitingAnswer): void
  removeWaiting(messageId: MessageId): void
  rescued(): Rescued[]
  rescue(answer: Rescued): void
  removeRescued(messageId: MessageId): void
}

type KeyValue = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const QUEUED = 'llms.queued.'
const WAITING = 'llms.waiting.'
const RESCUED = 'llms.rescued.'

/** `onChange` calls back when another tab changed what is stored. */
export function createOutbox(storage: KeyValue | null, onChange: (changed: () => void) => void): Outbox {
  const held = new Map<string, QueuedMessage>()
  const messages = shallowRef<readonly QueuedMessage[]>([])
  const queues = new Map<ThreadId, ComputedRef<readonly QueuedMessage[]>>()

  function stored<T>(prefix: string): T[] {
    if (!storage) return []
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i))
    return keys.flatMap((key) => (key?.startsWith(prefix) ? parsed<T>(storage.getItem(key)) : []))
  }

  function refresh(): void {
    const all = [...stored<QueuedMessage>(QUEUED).filter(isQueued), ...held.values()]
    messages.value = all.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }

  function write(key: string, value: unknown): boolean {
    try {
      storage?.setItem(key, JSON.stringify(value))
      return storage !== null
    } catch {
      return false
    }
  }

  function queue(threadId: ThreadId): ComputedRef<readonly QueuedMessage[]> {
    let known = queues.get(threadId)
    if (!known) {
      known = computed(() => messages.value.filter((message) => message.threadId === threadId))
      queues.set(threadId, known)
    }
    return known
  }

  onChange(refresh)
  refresh()
  return {
    queue,
    threadIds: () => [...new Set(messages.value.map(({ threadId }) => threadId))],
    refresh,
    find: (id) => messages.value.find((message) => message.id === id),
    put(message, { inMemory = false } = {}) {
      // Where it cannot be stored it is kept by this tab, and lost with it alone.
      if (inMemory || !write(QUEUED + message.id, message)) held.set(message.id, message)
      refresh()
    },
    remove(id) {
      held.delete(id)
      storage?.removeItem(QUEUED + id)
      refresh()
    },
    waiting: () => stored<WaitingAnswer>(WAITING).filter(({ threadId, messageId }) => Boolean(threadId && messageId)),
    putWaiting: (answer) => void write(WAITING + answer.messageId, answer),
    removeWaiting: (messageId) => storage?.removeItem(WAITING + messageId),
    rescued: () =>
      stored<Rescued>(RESCUED).filter(({ threadId, messageId, content }) => threadId && messageId && isText(content)),
    rescue: (answer) => void write(RESCUED + answer.messageId, answer),
    removeRescued: (messageId) => storage?.removeItem(RESCUED + messageId),
  }
}

function parsed<T>(text: string | null): T[] {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? [value as T] : []
  } catch {
    return []
  }
}

const isText = (value: unknown) => typeof value === 'string'

function isQueued({ id, threadId, text, attachments, models, at }: Partial<QueuedMessage>): boolean {
  return Boolean(id && threadId && at) && isText(text) && Array.isArray(attachments) && Array.isArray(models)
}

export function browserOutbox(): Outbox {
  let storage: Storage | null = null
  try {
    storage = globalThis.localStorage ?? null
  } catch {
    // The browser refuses: this tab keeps it.
  }
  const listen = (changed: () => void) =>
    addEventListener('storage', ({ key }) => (key === null || key.startsWith(QUEUED)) && changed())
  return createOutbox(storage, listen)
}

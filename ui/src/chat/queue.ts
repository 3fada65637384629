// Messages sent while their thread was busy: each is sent when the answer before it has ended well, or was stopped. After
// an error or an interruption the rest waits for a person, because it was written for an answer that never came.
import type { ComputedRef } from 'vue'
import type { Outbox } from '@/chat/outbox'
import type { QueuedMessage, Sent } from '@/chat/types'
import type { ThreadId } from '@/domain'
import type { ThreadStore } from '@/stores/contract'
import type { Locks } from '@/stores/locks'

export interface QueueDeps {
  outbox: Outbox
  threads: Pick<ThreadStore, 'getThread' | 'path'>
  locks: Locks
  isBusy(threadId: ThreadId): boolean
  /** Adds the message to its thread and starts its answers. */
  start(message: QueuedMessage): Promise<Sent>
}

export interface Queue {
  of(threadId: ThreadId): ComputedRef<readonly QueuedMessage[]>
  add(message: QueuedMessage, inMemory?: boolean): void
  /** Sends the next message if the thread is ready for it. Never rejects. */
  drain(threadId: ThreadId, options?: { force?: boolean }): Promise<void>
}

export function createQueue({ outbox, threads, locks, isBusy, start }: QueueDeps): Queue {
  const of = outbox.queue

  async function drain(threadId: ThreadId, { force = false } = {}): Promise<void> {
    if (!of(threadId).value.length || isBusy(threadId)) return
    // Of several tabs that see the end of an answer, one sends.
    const release = await locks.tryHold(`llms.queue.${threadId}`)
    if (!release) return
    try {
      await sendNext(threadId, force)
    } catch (error) {
      console.error('A queued message could not be sent:', error)
    } finally {
      release()
    }
  }

  async function sendNext(threadId: ThreadId, force: boolean): Promise<void> {
    outbox.refresh()
    const thread = await threads.getThread(threadId)
    const next = of(threadId).value[0]
    if (!next) return
    if (!thread) return outbox.remove(next.id)
    const leaf = thread.leafId === null ? undefined : (await threads.path(threadId, thread.leafId)).at(-1)
    const broken = leaf?.role === 'assistant' && (leaf.status === 'error' || leaf.status === 'interrupted')
    const making = leaf?.role === 'assistant' && (leaf.status === 'streaming' || leaf.status === 'queued')
    if (isBusy(threadId) || making || (broken && !force)) return
    await start(next)
    outbox.remove(next.id)
  }

  return {
    of,
    add: (message, inMemory = false) => outbox.put(message, { inMemory }),
    drain,
  }
}

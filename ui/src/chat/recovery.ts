// What a page leaves behind when it goes, and what the next one, or another tab, makes of it: the last words of an answer
// that was cut off, and answers that wait for the gateway.
import type { Outbox, WaitingAnswer } from '@/chat/outbox'
import type { Run } from '@/chat/run'
import type { Message, Thread, ThreadId } from '@/domain'
import type { ThreadStore } from '@/stores/contract'
import type { Locks } from '@/stores/locks'
import type { Runs } from '@/stores/runs'

export interface RecoveryDeps {
  outbox: Outbox
  threads: Pick<ThreadStore, 'threads' | 'path' | 'getThread' | 'updateMessageInThread'>
  liveRuns: Pick<Runs, 'alive'>
  locks: Locks
  /** The runs of this page. */
  active(): Iterable<Run>
  /** Takes up an answer that waited elsewhere. */
  adopt(waiting: WaitingAnswer, thread: Thread, message: Message): Promise<void>
}

export interface Recovery {
  /** Writes what there is now; `going`: in a way that does not need time. */
  save(going: boolean): void
  /** Takes up what other pages left behind, in one thread or in all. Never rejects. */
  takeUp(threadId?: ThreadId): Promise<void>
}

export function createRecovery({ outbox, threads, liveRuns, locks, active, adopt }: RecoveryDeps): Recovery {
  function save(going: boolean): void {
    for (const run of active()) {
      run.saveNow()
      const isTemporary = threads.threads.value.some(({ id, temporary }) => id === run.job.threadId && temporary)
      if (going && !isTemporary) run.rescue()
    }
  }

  async function takeUp(threadId?: ThreadId): Promise<void> {
    const concerned = (each: { threadId: ThreadId }) => threadId === undefined || each.threadId === threadId
    try {
      for (const rescued of outbox.rescued().filter(concerned)) await restore(rescued)
      for (const waiting of outbox.waiting().filter(concerned)) await adoptOnce(waiting)
    } catch (error) {
      console.error('What a former page left could not be taken up:', error)
    }
  }

  /** Gives an interrupted answer what its page had of it when it went. */
  async function restore({
    threadId,
    messageId,
    content,
    reasoning,
  }: ReturnType<Outbox['rescued']>[number]): Promise<void> {
    if (await liveRuns.alive(messageId)) return
    outbox.removeRescued(messageId)
    const message = (await threads.path(threadId, messageId)).at(-1)
    if (message?.status !== 'streaming' && message?.status !== 'interrupted') return
    const kept = message.content.length + (message.reasoning?.length ?? 0)
    if (content.length + reasoning.length <= kept) return
    const patch = { status: 'interrupted' as const, content, ...(reasoning ? { reasoning } : {}) }
    await threads.updateMessageInThread(threadId, messageId, patch)
  }

  /** Of several tabs that find it, one takes it. */
  async function adoptOnce(waiting: WaitingAnswer): Promise<void> {
    const release = await locks.tryHold(`llms.adopt.${waiting.messageId}`)
    if (!release) return
    try {
      await adoptIfLeft(waiting)
    } finally {
      release()
    }
  }

  async function adoptIfLeft(waiting: WaitingAnswer): Promise<void> {
    const { threadId, messageId } = waiting
    if (await liveRuns.alive(messageId)) return
    const thread = await threads.getThread(threadId)
    const message = thread && (await threads.path(threadId, messageId)).at(-1)
    if (!thread || message?.status !== 'queued' || !message.parentId) return outbox.removeWaiting(messageId)
    await adopt(waiting, thread, message)
  }

  return { save, takeUp }
}

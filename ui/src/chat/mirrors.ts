// Answers that other tabs make, shown here as they grow. When one ends, its message is read before the display goes, so
// that nothing jumps; when its tab is gone, the message is marked as interrupted.
import { watch } from 'vue'
import type { LiveBoard, LiveFacts, LiveSource } from '@/chat/live'
import type { LivePhase } from '@/chat/types'
import type { Message, MessageId, ThreadId } from '@/domain'
import type { ThreadStore } from '@/stores/contract'
import type { Runs } from '@/stores/runs'
import type { LiveState, Tabs } from '@/stores/tabs'

/** How long the display waits for the message of an answer that has ended. */
const READ_MS = 2000

export interface MirrorDeps {
  board: LiveBoard
  runs: Runs
  tabs: Pick<Tabs, 'on'>
  threads: Pick<ThreadStore, 'message' | 'messages' | 'interruptOrphans' | 'updateMessageInThread'>
  /** An answer of this thread has ended in another tab. */
  onEnd(threadId: ThreadId): void
}

/** Follows every answer that another tab starts, and every one in the making that comes into view. */
export function mirrorOtherTabs({ board, runs, tabs, threads, onEnd }: MirrorDeps): void {
  const followed = new Set<MessageId>()

  function follow(messageId: MessageId, threadId: ThreadId): void {
    if (followed.has(messageId) || board.get(messageId) || runs.isOwn(messageId)) return
    followed.add(messageId)
    let source: LiveSource | undefined
    let last: LiveState | undefined
    runs.mirror(messageId, {
      update(state) {
        last = state
        if (source) source.update(factsOf(state))
        else source = board.open({ messageId, threadId, own: false }, factsOf(state))
      },
      async ended() {
        await orphanOrRead(messageId, last)
        followed.delete(messageId)
        source?.end()
        onEnd(threadId)
      },
    })
  }

  async function orphanOrRead(messageId: MessageId, last: LiveState | undefined): Promise<void> {
    if (!(await runs.alive(messageId))) {
      await threads.interruptOrphans()
      if (last) await keepMore(messageId, last)
    }
    await changed(() => !isMaking(threads.message(messageId)))
  }

  /** This tab may have seen words that the other one had no time to store. */
  async function keepMore(messageId: MessageId, { threadId, content, reasoning }: LiveState): Promise<void> {
    const stored = threads.message(messageId)
    if (stored?.status !== 'interrupted' || stored.content.length >= content.length) return
    await threads.updateMessageInThread(threadId, messageId, { content, ...(reasoning ? { reasoning } : {}) })
  }

  function changed(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (done()) return resolve()
      const finish = () => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(finish, READ_MS)
      const stop = watch(threads.messages, () => done() && finish(), { flush: 'sync' })
    })
  }

  tabs.on('live-delta', ({ messageId, snapshot }) => snapshot && follow(messageId, snapshot.threadId))
  watch(
    threads.messages,
    (messages) => messages.forEach((message) => isMaking(message) && follow(message.id, message.threadId)),
    { immediate: true },
  )
}

/** Whether some tab is at work on it, or was when it was written. */
function isMaking(message: Message | undefined): boolean {
  return message?.role === 'assistant' && (message.status === 'streaming' || message.status === 'queued')
}

function factsOf(state: LiveState): LiveFacts {
  const { content, reasoning, startedAt, toolCalls = [], provider, model, metrics = {} } = state
  return {
    phase: state.phase as LivePhase,
    content,
    reasoning,
    toolCalls,
    startedAt,
    tokens: metrics.tokens ?? 0,
    ttftMs: metrics.ttftMs,
    tokensPerSecond: metrics.tokensPerSecond,
    provider,
    model,
  }
}

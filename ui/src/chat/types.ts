// What the engine of the chat shows and takes: the surface that views are written against. The engine is chat.ts.
import type { Ref } from 'vue'
import type { Attachment, ChatError, ChatParams, MessageId, Thread, ThreadId, ToolCall, Xray } from '@/domain'

/**
 * - `queued`: waits for a free stream or for the gateway (`waitsFor` tells which)
 * - `connecting`: the request is on its way
 * - `waiting`: the gateway has answered, no token yet
 * - `paused`: text comes, and is not shown
 */
export type LivePhase = 'queued' | 'connecting' | 'waiting' | 'thinking' | 'answering' | 'tools' | 'paused' | 'ended'

/** An answer while it is made, as it is shown. Changes at most once per frame; it is shallowly reactive. */
export interface LiveAnswer {
  readonly messageId: MessageId
  readonly threadId: ThreadId
  /** This tab runs it; else another does, and this one looks on. */
  readonly own: boolean
  phase: LivePhase
  waitsFor?: 'stream' | 'gateway' | undefined
  content: string
  reasoning: string
  /** A new array whenever a call changed. */
  toolCalls: ToolCall[]
  startedAt: number
  ttftMs?: number | undefined
  /** How long the reasoning took; while it runs, up to `thinkingSince`, from which on a view may count. */
  reasoningMs?: number | undefined
  thinkingSince?: number | undefined
  /** Tokens so far, estimated until the provider tells them. */
  tokens: number
  tokensPerSecond?: number | undefined
  maxTokens?: number | undefined
  provider?: string | undefined
  model?: string | undefined
  /** Characters that have come and are not shown yet, by smoothing or a pause. */
  backlog: number
}

export interface Outgoing {
  text: string
  attachments?: Attachment[]
  /** The models asked, one answer each; by default the thread's model. */
  models?: string[]
}

/** A message that was sent while its thread was busy. */
export interface QueuedMessage {
  id: string
  threadId: ThreadId
  text: string
  attachments: Attachment[]
  models: string[]
  at: number
}

export interface Sent {
  promptId: MessageId
  answerIds: MessageId[]
  /** Resolves when every answer has ended, well or not. Never rejects. */
  done: Promise<void>
}

export interface Rerun {
  model?: string
  params?: ChatParams
}

export interface Chat {
  /**
   * Adds the prompt and its answers and starts them; resolves as soon as they stand in the thread. While the thread is
   * busy the message is queued instead, and null comes back. Rejects with a GatewayError, and adds nothing, where the
   * message cannot be sent at all.
   */
  send(threadId: ThreadId, message: Outgoing): Promise<Sent | null>
  /** Sends to up to four models at once. */
  compare(threadId: ThreadId, message: Outgoing & { models: string[] }): Promise<Sent | null>
  /** Why this message could not be sent to this model; null when nothing speaks against it. */
  check(threadId: ThreadId, message: Outgoing): ChatError | null
  /** The model that is asked next: the thread's, else the one used last, else the gateway's choice, else a demo. */
  modelFor(thread: Pick<Thread, 'model'> | null): string
  /** Ends an answer, in whichever tab it runs; without an id, all of this tab. What has come is kept. */
  stop(messageId?: MessageId): Promise<void>
  /** Asks again for a sibling of this answer. */
  regenerate(messageId: MessageId, rerun?: Rerun): Promise<MessageId>
  /** Another version of a prompt, on a branch of its own, with a new answer. */
  edit(promptId: MessageId, text: string, attachments?: Attachment[]): Promise<Sent>
  /** Goes on where an answer ended; what comes is added to it. */
  continueAnswer(messageId: MessageId): Promise<void>
  /**
   * After an error: asks again, in the same place when nothing had come. A prompt that was too long is trimmed: its
   * oldest turns stay in the thread and are not sent.
   */
  retry(messageId: MessageId, rerun?: Rerun): Promise<MessageId>
  /** Shows the branch of this answer of a comparison. */
  pickCompare(messageId: MessageId): Promise<void>
  /** What waits for its turn in this thread, oldest first. */
  queue(threadId: ThreadId): Readonly<Ref<readonly QueuedMessage[]>>
  /** Takes a message out of the queue, or withdraws a prompt or answer that waits for the gateway; the text comes back. */
  unqueue(id: string): Promise<Outgoing | null>
  /** Sends what waits although the last answer failed or was interrupted. */
  sendQueued(threadId: ThreadId): Promise<void>
  /** Holds the display still; the answer goes on. */
  pause(messageId: MessageId): void
  /** Lets it go on; of an answer that is over, shows all there is. */
  resume(messageId: MessageId): void
  live(messageId: MessageId): LiveAnswer | undefined
  /** The answers being made in a thread, in any tab. */
  running(threadId: ThreadId): MessageId[]
  /** Those that are over, and not shown whole yet: paused, or typed out at a fixed pace. */
  held(threadId: ThreadId): MessageId[]
  /** What is known of the request behind an answer, the gateway's own record included where it keeps one. */
  inspect(messageId: MessageId): Promise<Xray | null>
  /** Takes up what a former page left. Called once, when the stores are ready. */
  start(): Promise<void>
}

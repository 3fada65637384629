// What `useThreadStore()` offers: the contract between the stores, the chat engine and the components.
import type { ComputedRef, Ref, ShallowRef } from 'vue'
import type { Usage } from '@/api/wire'
import type { Message, MessageId, Thread, ThreadId } from '@/domain'
import type { ThreadGroup } from './groups'
import type { AddOptions, NewMessage } from './operations'
import type { Patch } from './plain'
import type { RequestsStore } from './requests'
import type { Undo } from './undo'

export interface ThreadStore extends RequestsStore {
  /** The list of threads is there, and storage is open or known to be closed to us. */
  ready: Ref<boolean>
  /** All threads, the one worked on last first. */
  threads: ShallowRef<Thread[]>
  currentThread: ShallowRef<Thread | null>
  /** The shown branch of the current thread, first to last; a long one begins with its last messages. */
  messages: ShallowRef<Message[]>
  /** How many messages of the branch lie before `messages`: `loadEarlier` brings them. */
  earlier: Ref<number>
  isLoading: Ref<boolean>
  groupedThreads: ComputedRef<ThreadGroup[]>

  initDB(): Promise<void>
  loadThreads(): Promise<Thread[]>
  createThread(thread?: Patch<Thread>): Promise<Thread>
  getThread(id: ThreadId): Promise<Thread | null>
  updateThread(id: ThreadId, patch: Patch<Thread>): Promise<Thread | null>
  deleteThread(id: ThreadId): Promise<Undo>
  /** Every thread there is, temporary ones too. */
  deleteAllThreads(): Promise<Undo>
  getAllThreadIds(): Promise<ThreadId[]>

  setCurrentThread(id: ThreadId): Promise<Thread | null>
  /** Null for a thread that is not there: the caller goes elsewhere. */
  setCurrentThreadFromRoute(id: ThreadId | null | undefined): Promise<Thread | null>
  clearCurrentThread(): void
  /** Loads up to `count` more messages of the shown branch; tells how many came. */
  loadEarlier(count?: number): Promise<number>

  /** The parent is the leaf unless one is named; the new message becomes the leaf unless `select` says no. */
  addMessageToThread(threadId: ThreadId, message: NewMessage, options?: AddOptions): Promise<Message>
  /** Null where the message is gone. `durable: false` is for checkpoints of an answer in the making. */
  updateMessageInThread(
    threadId: ThreadId,
    id: MessageId,
    patch: Patch<Message>,
    options?: { durable?: boolean },
  ): Promise<Message | null>
  updateMessageContent(threadId: ThreadId, id: MessageId, content: string): Promise<Message | null>
  /** The message is named by its id or, as formerly, by its content. */
  updateMessageUsage(threadId: ThreadId, idOrContent: string, usage: Usage): Promise<Message | null>
  /** Removes the message with all that follows it. */
  deleteMessage(threadId: ThreadId, id: MessageId): Promise<Undo>
  deleteMessageFromThread(threadId: ThreadId, id: MessageId): Promise<Undo>
  /** Makes the message the end of the shown branch, so that the next answer becomes a sibling of the last. */
  redoMessageFromThread(threadId: ThreadId, id: MessageId): Promise<void>

  /** A loaded message of the current thread. */
  message(id: MessageId): Message | undefined
  /** The messages of the current thread with the same parent, this one among them, in order of creation. */
  siblings(id: MessageId): Message[]
  /** Shows the branch that holds the message, down to its newest leaf, and loads it from there on. */
  selectBranch(threadId: ThreadId, id: MessageId): Promise<void>
  /** From the first message to this one, whole, of any thread. */
  path(threadId: ThreadId, id: MessageId): Promise<Message[]>
  allMessages(threadId: ThreadId): Promise<Message[]>

  /** Marks answers that no living tab makes any more. */
  interruptOrphans(): Promise<void>
  /** Reads the list and the current thread anew, as after a time in which no other tab could be heard. */
  refresh(): Promise<void>
}

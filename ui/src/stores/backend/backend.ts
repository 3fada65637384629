// The seam between the rules of the stores and where the records lie: the browser's database, or memory where there is none.
import type { BlobId, MessageStatus, RequestLog, ThreadId } from '@/domain'
import type { TreeNode } from '@/stores/tree'
import type { MessageRecord, Records, StoreName } from './records'

/** One transaction: all of it happens, or nothing. Await nothing but its own calls while it is open. */
export interface Unit {
  get<S extends StoreName>(store: S, key: string): Promise<Records[S] | undefined>
  put<S extends StoreName>(store: S, record: Records[S]): Promise<void>
  /** Removes by id; a message goes by `deleteMessage`. */
  delete(store: Exclude<StoreName, 'messages'>, id: string): Promise<void>
  all<S extends StoreName>(store: S): Promise<Records[S][]>
  ids(store: Exclude<StoreName, 'messages'>): Promise<string[]>
  count(store: StoreName): Promise<number>
  clear(store: StoreName): Promise<void>

  deleteMessage(record: MessageRecord): Promise<void>
  /** The shape of a thread in order of `seq`, without its texts. */
  nodes(threadId: ThreadId): Promise<TreeNode[]>
  /** Messages of a thread in order of `seq`, of the closed range where one is given. */
  messages(threadId: ThreadId, fromSeq?: number, toSeq?: number): Promise<MessageRecord[]>
  messagesByStatus(status: MessageStatus): Promise<MessageRecord[]>
  /** How many messages name the blob. */
  blobUses(id: BlobId): Promise<number>
  /** Log rows with `at` in the half-open range, oldest first. */
  requestsBetween(from: number, until: number): Promise<RequestLog[]>
}

export interface RunOptions {
  /** `strict` waits until the data is on the disk: for what is finished. `relaxed` is for what will be written again soon. */
  durability?: 'strict' | 'relaxed'
}

export interface Backend {
  readonly kind: 'indexeddb' | 'memory'
  run<T>(
    stores: StoreName[],
    mode: 'readonly' | 'readwrite',
    work: (unit: Unit) => Promise<T>,
    options?: RunOptions,
  ): Promise<T>
  close(): void
}

/** The disk or the browser's allowance is full. */
export class StorageFullError extends Error {
  override name = 'StorageFullError'
}

export class MissingRecordError extends Error {
  override name = 'MissingRecordError'
}

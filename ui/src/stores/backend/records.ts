// What lies in the stores: the domain's shapes plus what only storage needs.
import type { BlobId, Message, MessageId, Prompt, RequestLog, Thread, ThreadId } from '@/domain'

export interface ThreadRecord extends Thread {
  /** The `seq` that the next message takes; it never goes back, so that an undone delete finds its place free. */
  nextSeq: number
}

export interface MessageRecord extends Message {
  /** `seq` of the parent, -1 for none: part of the key, so that the tree can be read without the texts. */
  parentSeq: number
  /** Every blob that the message needs; a blob that no message names is swept away. */
  blobIds: BlobId[]
}

/** Key of a message: [threadId, seq, parentSeq, id]. */
export type MessageKey = [ThreadId, number, number, MessageId]

export interface BlobRecord {
  id: BlobId
  blob: Blob
  name: string
  type: string
  size: number
  createdAt: number
}

/** Small facts of the database by name. */
export interface MetaRecord {
  key: string
  value: unknown
}

/** The database as it was before an upgrade, ready to be exported. */
export interface BackupRecord {
  id: string
  createdAt: number
  fromVersion: number
  /** One row per record of a former store, so that no row is large. */
  store: string
  record: unknown
}

export interface Records {
  threads: ThreadRecord
  messages: MessageRecord
  blobs: BlobRecord
  requests: RequestLog
  prompts: Prompt
  meta: MetaRecord
  backups: BackupRecord
}

export type StoreName = keyof Records

export const STORE_NAMES: StoreName[] = ['threads', 'messages', 'blobs', 'requests', 'prompts', 'meta', 'backups']

export function messageKey(record: MessageRecord): MessageKey {
  return [record.threadId, record.seq, record.parentSeq, record.id]
}

export function toMessage(record: MessageRecord): Message {
  const message: Message & Partial<MessageRecord> = { ...record }
  delete message.parentSeq
  delete message.blobIds
  return message
}

export function toThread(record: ThreadRecord): Thread {
  const thread: Thread & Partial<ThreadRecord> = { ...record }
  delete thread.nextSeq
  return thread
}

export function toMessageRecord(message: Message, parentSeq: number): MessageRecord {
  return { ...message, parentSeq, blobIds: blobIdsOf(message) }
}

export function blobIdsOf(message: Pick<Message, 'attachments' | 'images' | 'audio'>): BlobId[] {
  const ids = [...message.attachments.map((attachment) => attachment.blobId), ...(message.images ?? [])]
  if (message.audio) ids.push(message.audio.blobId)
  return [...new Set(ids)]
}

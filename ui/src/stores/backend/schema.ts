// The database `LlmsThreads`: its stores, its keys, and the upgrades that led here.
// An upgrade runs inside the browser's version-change transaction: cut off at any point, the former database is still there.
import type { DBSchema } from 'idb'
import type { BlobRecord, BackupRecord, MessageKey, MessageRecord, MetaRecord, ThreadRecord } from './records'
import type { Prompt, RequestLog } from '@/domain'

export const DB_NAME = 'LlmsThreads'
/** Versions 1 to 3 were the ancestor's, with whole threads in one record. */
export const ANCESTOR_VERSION = 3
export const DB_VERSION = 4

export interface Schema extends DBSchema {
  threads: { key: string; value: ThreadRecord }
  messages: {
    key: MessageKey
    value: MessageRecord
    indexes: { id: string; status: string; blob: string }
  }
  blobs: { key: string; value: BlobRecord }
  requests: { key: string; value: RequestLog; indexes: { at: number } }
  prompts: { key: string; value: Prompt }
  meta: { key: string; value: MetaRecord }
  backups: { key: string; value: BackupRecord }
}

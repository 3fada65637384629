// Steps from any former version of the database to the present one, inside one version-change transaction.
// Each step works on one record at a time and copies what it changes into `backups` first.
import type { IDBPDatabase, IDBPObjectStore, IDBPTransaction } from 'idb'
import { newId } from '@/stores/ids'
import {
  fromAncestorRequest,
  fromAncestorThread,
  type AncestorRequest,
  type AncestorThread,
} from '@/stores/transfer/ancestor'
import { withFreshMessageIds } from '@/stores/transfer/conversation'
import type { BackupRecord } from './records'
import { ANCESTOR_VERSION, type Schema } from './schema'

type RawStore = IDBPObjectStore<unknown, string[], string, 'versionchange'>
type Upgrade = IDBPTransaction<Schema, never[], 'versionchange'>

export interface UpgradeOptions {
  /** The version found; 0 for none. */
  from: number
  now: number
  /** Whether to keep the former records; they can be exported for a while. */
  backup: boolean
}

/** Rejects when any record cannot be carried over; the caller must abort the transaction then. */
export async function upgrade(
  database: IDBPDatabase<Schema>,
  transaction: unknown,
  options: UpgradeOptions,
): Promise<void> {
  const work = transaction as Upgrade
  createStores(database, work)
  if (options.from > 0 && options.from <= ANCESTOR_VERSION) await adoptAncestor(work, options)
}

function createStores(database: IDBPDatabase<Schema>, work: Upgrade): void {
  const missing = (name: keyof Schema & string) => !database.objectStoreNames.contains(name as never)
  if (missing('threads')) database.createObjectStore('threads', { keyPath: 'id' })
  if (missing('messages')) {
    const messages = database.createObjectStore('messages', { keyPath: ['threadId', 'seq', 'parentSeq', 'id'] })
    messages.createIndex('id', 'id', { unique: true })
    messages.createIndex('status', 'status')
    messages.createIndex('blob', 'blobIds', { multiEntry: true })
  }
  if (missing('blobs')) database.createObjectStore('blobs', { keyPath: 'id' })
  if (missing('requests')) database.createObjectStore('requests', { keyPath: 'id' })
  if (missing('prompts')) database.createObjectStore('prompts', { keyPath: 'id' })
  if (missing('meta')) database.createObjectStore('meta', { keyPath: 'key' })
  if (missing('backups')) database.createObjectStore('backups', { keyPath: 'id' })
  const requests = work.objectStore('requests' as never) as unknown as IDBObjectStore
  if (!requests.indexNames.contains('at')) requests.createIndex('at', 'at')
}

/** Splits the ancestor's threads into one record per message, and rewrites its request log in today's terms. */
async function adoptAncestor(work: Upgrade, options: UpgradeOptions): Promise<void> {
  const stores = Object.fromEntries(
    ['threads', 'messages', 'blobs', 'requests', 'backups'].map((name) => [name, work.objectStore(name as never)]),
  ) as unknown as Record<string, RawStore>
  const messageIds = new Set<string>()
  await rewrite(stores, 'threads', options, async (former) => {
    const conversation = withFreshMessageIds(fromAncestorThread(former as AncestorThread), (id) => messageIds.has(id))
    for (const blob of conversation.blobs) await stores.blobs!.put(blob)
    for (const message of conversation.messages) {
      messageIds.add(message.id)
      await stores.messages!.put(message)
    }
    return conversation.thread
  })
  await rewrite(stores, 'requests', options, async (former) => fromAncestorRequest(former as AncestorRequest))
}

/** Replaces each record of a store by what `convert` makes of it; the former one goes to the backups. */
async function rewrite(
  stores: Record<string, RawStore>,
  name: string,
  { from, now, backup }: UpgradeOptions,
  convert: (former: unknown) => Promise<unknown>,
): Promise<void> {
  const store = stores[name]!
  // The new indexes stay: what they read is not in the former records, which they therefore leave out.
  for (const index of store.indexNames) if (index !== 'at') store.deleteIndex(index)
  for (const key of await store.getAllKeys()) {
    const former = await store.get(key)
    if (backup) {
      const row: BackupRecord = { id: newId(now), createdAt: now, fromVersion: from, store: name, record: former }
      await stores.backups!.put(row)
    }
    const record = await convert(former)
    await store.delete(key)
    await store.put(record)
  }
}

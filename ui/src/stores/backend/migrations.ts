// Brings any former version of the database to the present one, inside one version-change transaction.
import type { IDBPDatabase, IDBPTransaction } from 'idb'
import { ANCESTOR_VERSION, type Schema } from './schema'

export type Upgrade = IDBPTransaction<Schema, never[], 'versionchange'>

/** Carries the ancestor's records over. */
export type AdoptAncestor = (work: Upgrade, options: UpgradeOptions) => Promise<void>

/** The ancestor's database was found, and what carries it over is not loaded yet: load it and open again. */
export class AncestorFoundError extends Error {
  override name = 'AncestorFoundError'
}

export interface UpgradeOptions {
  /** The version found; 0 for none. */
  from: number
  now: number
  /** Whether to keep the former records; they can be exported for a while. */
  backup: boolean
  adoptAncestor?: AdoptAncestor | undefined
}

/** Rejects when any record cannot be carried over; the caller must abort the transaction then. */
export async function upgrade(
  database: IDBPDatabase<Schema>,
  transaction: unknown,
  options: UpgradeOptions,
): Promise<void> {
  const work = transaction as Upgrade
  const fromAncestor = options.from > 0 && options.from <= ANCESTOR_VERSION
  // Nothing but the database may be waited for in here, or the transaction ends.
  if (fromAncestor && !options.adoptAncestor) throw new AncestorFoundError('a database of the ancestor')
  createStores(database, work)
  if (fromAncestor) await options.adoptAncestor?.(work, options)
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

// The step from the ancestor's database, with whole threads in one record, to one record per message. It works on one
// record at a time and copies each into `backups` first. Loaded only where such a database is found.
import type { IDBPObjectStore } from 'idb'
import { newId } from '@/stores/ids'
import {
  fromAncestorRequest,
  fromAncestorThread,
  type AncestorRequest,
  type AncestorThread,
} from '@/stores/transfer/ancestor'
import { withFreshMessageIds } from '@/stores/transfer/conversation'
import type { Upgrade, UpgradeOptions } from './migrations'
import type { BackupRecord } from './records'

type RawStore = IDBPObjectStore<unknown, string[], string, 'versionchange'>

/** Splits the ancestor's threads into one record per message, and rewrites its request log in today's terms. */
export async function adoptAncestor(work: Upgrade, options: UpgradeOptions): Promise<void> {
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

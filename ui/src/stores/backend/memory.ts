// Records in memory: for temporary threads, for private windows without a database, and while the disk is full.
// Work runs one after the other, and a failed one leaves no trace, as in a database.
import type { MessageRecord, Records, StoreName } from './records'
import { STORE_NAMES } from './records'
import type { Backend, Unit } from './backend'
import type { TreeNode } from '@/stores/tree'

type Tables = { [S in StoreName]: Map<string, Records[S]> }

function keyOf(store: StoreName, record: Records[StoreName]): string {
  return store === 'meta' ? (record as Records['meta']).key : (record as { id: string }).id
}

export function memoryBackend(): Backend {
  const tables = Object.fromEntries(STORE_NAMES.map((name) => [name, new Map()])) as unknown as Tables
  let last: Promise<unknown> = Promise.resolve()

  function run<T>(stores: StoreName[], mode: string, work: (unit: Unit) => Promise<T>): Promise<T> {
    const turn = last.then(async () => {
      const before =
        mode === 'readwrite' ? stores.map((name) => [name, new Map(tables[name] as Map<string, never>)] as const) : []
      try {
        return await work(memoryUnit(tables))
      } catch (error) {
        for (const [name, rows] of before) Object.assign(tables, { [name]: rows })
        throw error
      }
    })
    last = turn.catch(() => undefined)
    return turn
  }

  return { kind: 'memory', run, close: () => undefined }
}

function memoryUnit(tables: Tables): Unit {
  const rows = <S extends StoreName>(store: S) => tables[store] as Map<string, Records[S]>
  const ofThread = (threadId: string): MessageRecord[] =>
    [...tables.messages.values()].filter((each) => each.threadId === threadId).sort((a, b) => a.seq - b.seq)

  return {
    get: async (store, key) => rows(store).get(key),
    put: async (store, record) => void rows(store).set(keyOf(store, record), record),
    delete: async (store, id) => void rows(store).delete(id),
    all: async (store) => [...rows(store).values()],
    ids: async (store) => [...rows(store).keys()],
    count: async (store) => rows(store).size,
    clear: async (store) => rows(store).clear(),
    deleteMessage: async (record) => void tables.messages.delete(record.id),
    nodes: async (threadId) => ofThread(threadId).map(({ id, seq, parentId }): TreeNode => ({ id, seq, parentId })),
    messages: async (threadId, fromSeq = 0, toSeq = Infinity) =>
      ofThread(threadId).filter((each) => each.seq >= fromSeq && each.seq <= toSeq),
    messagesByStatus: async (status) => [...tables.messages.values()].filter((each) => each.status === status),
    blobUses: async (id) => [...tables.messages.values()].filter((each) => each.blobIds.includes(id)).length,
    requestsBetween: async (from, until) =>
      [...tables.requests.values()].filter((row) => row.at >= from && row.at < until).sort((a, b) => a.at - b.at),
  }
}

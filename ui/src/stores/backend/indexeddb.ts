// Records in IndexedDB. One message is one record, so that no write is ever as large as a thread.
import type { IDBPDatabase, IDBPTransaction } from 'idb'
import { StorageFullError, type Backend, type RunOptions, type Unit } from './backend'
import { messageKey, type MessageKey, type MessageRecord, type Records, type StoreName } from './records'
import type { Schema } from './schema'
import type { TreeNode } from '@/stores/tree'

type Connection = IDBPDatabase<Schema>
type Transaction = IDBPTransaction<Schema, StoreName[], 'readwrite'>

/** `connect` gives an open connection, and a new one after `drop`. */
export function indexedDbBackend(connect: () => Promise<Connection>, drop: () => void): Backend {
  let latest: Connection | undefined

  async function begin(stores: StoreName[], mode: IDBTransactionMode, options: RunOptions): Promise<Transaction> {
    const settings = mode === 'readwrite' ? { durability: options.durability ?? 'strict' } : {}
    const open = async () => {
      latest = await connect()
      return latest.transaction(stores, mode as 'readwrite', settings)
    }
    try {
      return await open()
    } catch (error) {
      // The browser closed the connection while we held it.
      if (!isNamed(error, 'InvalidStateError')) throw error
      drop()
      return await open()
    }
  }

  async function run<T>(
    stores: StoreName[],
    mode: 'readonly' | 'readwrite',
    work: (unit: Unit) => Promise<T>,
    options: RunOptions = {},
  ): Promise<T> {
    const transaction = await begin(stores, mode, options)
    const finished = transaction.done.then(
      () => null,
      (error: unknown) => error ?? transaction.error,
    )
    try {
      const result = await work(indexedDbUnit(transaction))
      const failure = await finished
      if (failure) throw failure
      return result
    } catch (error) {
      try {
        transaction.abort()
      } catch {
        // It had ended by itself.
      }
      const failure = await finished
      throw isQuota(error) || isQuota(failure) ? new StorageFullError('the storage is full', { cause: error }) : error
    }
  }

  return { kind: 'indexeddb', run, close: () => latest?.close() }
}

function isNamed(error: unknown, name: string): boolean {
  return (error as { name?: string } | null)?.name === name
}

function isQuota(error: unknown): boolean {
  return isNamed(error, 'QuotaExceededError')
}

function threadRange(threadId: string, fromSeq = 0, toSeq = Infinity): IDBKeyRange {
  return IDBKeyRange.bound([threadId, fromSeq], [threadId, toSeq, []])
}

function toNodes(keys: MessageKey[]): TreeNode[] {
  const idBySeq = new Map(keys.map(([, seq, , id]) => [seq, id]))
  return keys.map(([, seq, parentSeq, id]) => ({ id, seq, parentId: idBySeq.get(parentSeq) ?? null }))
}

function indexedDbUnit(transaction: Transaction): Unit {
  const store = <S extends StoreName>(name: S) => transaction.objectStore(name)
  return {
    async get<S extends StoreName>(name: S, key: string) {
      const found = name === 'messages' ? store('messages').index('id').get(key) : store(name as 'threads').get(key)
      return (await found) as Records[S] | undefined
    },
    put: async (name, record) => void (await store(name).put(record as never)),
    delete: (name, id) => store(name).delete(id),
    all: (name) => store(name).getAll() as Promise<never>,
    ids: (name) => store(name).getAllKeys(),
    count: (name) => store(name).count(),
    clear: (name) => store(name).clear(),
    deleteMessage: (record: MessageRecord) => store('messages').delete(messageKey(record)),
    nodes: async (threadId) => toNodes(await store('messages').getAllKeys(threadRange(threadId))),
    messages: (threadId, fromSeq, toSeq) => store('messages').getAll(threadRange(threadId, fromSeq, toSeq)),
    messagesByStatus: (status) => store('messages').index('status').getAll(status),
    blobUses: (id) => store('messages').index('blob').count(id),
    requestsBetween: (from, until) =>
      store('requests')
        .index('at')
        .getAll(IDBKeyRange.bound(from, until, false, true)),
  }
}

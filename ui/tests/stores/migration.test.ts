// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DB_NAME, DB_VERSION } from '@/stores/backend/schema'
import { memoryBackend } from '@/stores/backend/memory'
import { createStorage } from '@/stores/storage'
import { createTransferService } from '@/stores/transfer/service'
import { createVault } from '@/stores/vault'
import { freshDatabase, openBackend, Profile } from './harness'

const THREADS = [
  {
    id: '1762077600000',
    title: 'Two and two',
    model: 'kimi-k2',
    systemPrompt: 'Count.',
    createdAt: '2025-11-02T10:00:00.000Z',
    updatedAt: '2025-11-02T10:05:00.000Z',
    messages: [
      { id: 1, timestamp: '2025-11-02T10:00:00.000Z', role: 'user', content: '2+2?' },
      {
        id: 2,
        timestamp: '2025-11-02T10:00:02.000Z',
        role: 'assistant',
        content: '4',
        usage: { tokens: 1, duration: 900 },
      },
      {
        id: 3,
        timestamp: '2025-11-02T10:05:00.000Z',
        role: 'user',
        content: [
          { type: 'text', text: 'and this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
    stats: { inputTokens: 10, outputTokens: 1, cost: 0.5, duration: 900, requests: 1 },
  },
  // Ids of messages were made from the clock, and can repeat between threads.
  {
    id: '1762077700000',
    title: 'Again',
    messages: [
      { id: 1, role: 'user', content: 'x' },
      { id: 2, role: 'assistant', content: 'y' },
    ],
    createdAt: '2025-11-02T11:00:00.000Z',
    updatedAt: '2025-11-02T11:00:00.000Z',
  },
  {
    id: '1762077800000',
    title: 'New Chat',
    messages: [],
    createdAt: '2025-11-02T12:00:00.000Z',
    updatedAt: '2025-11-02T12:00:00.000Z',
  },
]

const REQUEST = {
  id: 55,
  threadId: '1762077600000',
  model: 'kimi-k2',
  provider: 'groq',
  inputTokens: 10,
  outputTokens: 1,
  inputCachedTokens: 4,
  totalTokens: 11,
  cost: 0.5,
  duration: 900,
  created: 1762077602,
  finishReason: 'stop',
}

/** The database as the ancestor made it, at its version 3. */
function ancestorDatabase(threads: unknown[] = THREADS): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DB_NAME, 3)
    opening.onupgradeneeded = () => {
      const store = opening.result.createObjectStore('threads', { keyPath: 'id' })
      for (const index of ['createdAt', 'updatedAt', 'title']) store.createIndex(index, index)
      const requests = opening.result.createObjectStore('requests', { keyPath: 'id' })
      for (const index of ['threadId', 'model', 'provider', 'cost', 'created']) requests.createIndex(index, index)
    }
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const work = opening.result.transaction(['threads', 'requests'], 'readwrite')
      for (const thread of threads) work.objectStore('threads').put(thread)
      work.objectStore('requests').put(REQUEST)
      work.oncomplete = () => {
        opening.result.close()
        resolve()
      }
    }
  })
}

/** What a fresh look at the database says, without any upgrade. */
function rawRead(): Promise<{ version: number; threads: unknown[] }> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DB_NAME)
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const database = opening.result
      const all = database.transaction('threads').objectStore('threads').getAll()
      all.onsuccess = () => {
        database.close()
        resolve({ version: database.version, threads: all.result })
      }
    }
  })
}

beforeEach(() => {
  freshDatabase()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a database of the ancestor', () => {
  async function upgraded() {
    const factory = indexedDB
    await ancestorDatabase()
    const profile = new Profile()
    vi.stubGlobal('indexedDB', factory)
    const tab = profile.tab()
    await tab.store.initDB()
    return tab
  }

  it('is split into messages, and nothing is lost', async () => {
    const tab = await upgraded()
    expect(tab.vault.state).toMatchObject({ kind: 'durable', reason: null })
    expect(tab.store.threads.value.map((thread) => thread.title)).toEqual(['New Chat', 'Again', 'Two and two'])
    const messages = await tab.store.allMessages('1762077600000')
    expect(messages.map(({ role, content, seq }) => [seq, role, content])).toEqual([
      [0, 'user', '2+2?'],
      [1, 'assistant', '4'],
      [2, 'user', 'and this?'],
    ])
    expect(await tab.blobs.getBlob(messages[2]!.attachments[0]!.blobId)).toMatchObject({ type: 'image/png', size: 8 })
    expect(await tab.store.getThread('1762077600000')).toMatchObject({
      totalTokens: 11,
      totalCostUsd: 0.5,
      systemPrompt: 'Count.',
    })
    expect((await tab.store.allMessages('1762077700000')).map((message) => message.content)).toEqual(['x', 'y'])
    expect(await tab.store.getAllRequests()).toMatchObject([
      { id: '55', at: 1762077602000, promptTokens: 10, cachedTokens: 4, costUsd: 0.5, outcome: 'complete' },
    ])
  })

  it('goes on from where it was', async () => {
    const tab = await upgraded()
    await tab.store.setCurrentThread('1762077700000')
    await tab.store.addMessageToThread('1762077700000', { role: 'user', content: 'z' })
    expect(tab.store.messages.value.map((message) => message.content)).toEqual(['x', 'y', 'z'])
  })

  it('is kept as it was among the backups', async () => {
    const tab = await upgraded()
    const backups = await tab.vault.main().run(['backups'], 'readonly', (unit) => unit.all('backups'))
    const threads = backups.filter((backup) => backup.store === 'threads').map((backup) => backup.record)
    expect(threads).toHaveLength(THREADS.length)
    expect(threads).toEqual(expect.arrayContaining(THREADS))
    expect(backups).toHaveLength(4)
    expect(backups[0]!.fromVersion).toBe(3)
  })
})

it('can be exported as it was, and imported again', async () => {
  const factory = indexedDB
  await ancestorDatabase()
  const profile = new Profile()
  vi.stubGlobal('indexedDB', factory)
  const tab = profile.tab()
  await tab.store.initDB()
  const file = await createStorage({ ...tab, manager: undefined }).exportBackup()
  expect(JSON.parse(await file!.text())).toMatchObject({ source: 'llmspy', threadCount: 3, requests: [REQUEST] })
  const preview = await createTransferService(memoryBackend()).preview(file!)
  expect(preview.threads.map((thread) => thread.messages).sort()).toEqual([2, 3])
})

describe('an upgrade that is cut off', () => {
  /** Every write of the upgrade in turn fails as when the browser dies there. */
  it('at any write leaves the former database, and the next start upgrades it', async () => {
    let failAt = 0
    let writes = 0
    const put = IDBObjectStore.prototype.put
    for (; ; failAt++) {
      freshDatabase()
      await ancestorDatabase()
      writes = 0
      const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
        this: IDBObjectStore,
        ...args
      ) {
        if (writes++ === failAt) throw new DOMException('the browser died', 'AbortError')
        return put.apply(this, args as [unknown])
      })
      const outcome = await openBackend().then(
        (backend) => backend,
        (error: unknown) => error as { reason: string },
      )
      spy.mockRestore()
      if (!('reason' in outcome)) {
        outcome.close()
        break
      }
      expect(outcome.reason).toBe('upgrade-failed')
      expect(await rawRead()).toEqual({ version: 3, threads: THREADS })
      const again = await openBackend()
      expect(await again.run(['messages'], 'readonly', (unit) => unit.count('messages'))).toBe(5)
      again.close()
    }
    // Four backups, five messages, one blob, three threads, one request.
    expect(failAt).toBe(14)
  })

  it('is told as such, and the page works in memory meanwhile', async () => {
    await ancestorDatabase()
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('damaged', 'UnknownError')
    })
    const vault = createVault()
    await vault.ready()
    expect(vault.state).toMatchObject({ kind: 'memory', reason: 'upgrade-failed' })
    expect(await rawRead()).toEqual({ version: 3, threads: THREADS })
  })

  it('is not what a damaged record leads to: it is left out, and stays among the backups', async () => {
    await ancestorDatabase([{ id: 'bad', messages: 'no list' }, THREADS[1]])
    const backend = await openBackend()
    expect(await backend.run(['messages'], 'readonly', (unit) => unit.count('messages'))).toBe(2)
    const backups = await backend.run(['backups'], 'readonly', (unit) => unit.all('backups'))
    expect(backups.map((backup) => backup.record)).toContainEqual({ id: 'bad', messages: 'no list' })
    backend.close()
  })

  it('goes without the backup where there is no room for both', async () => {
    await ancestorDatabase()
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'backups') throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args as [unknown])
    })
    const backend = await openBackend()
    expect(await backend.run(['messages'], 'readonly', (unit) => unit.count('messages'))).toBe(5)
    backend.close()
  })
})

it('refuses a database of a newer version and leaves it alone', async () => {
  const newer = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open(DB_NAME, DB_VERSION + 1)
    opening.onsuccess = () => resolve(opening.result)
  })
  newer.close()
  await expect(openBackend()).rejects.toMatchObject({ reason: 'newer-version' })
})

it('waits for a tab with an older version, says so, and goes on when it closes', async () => {
  const older = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open(DB_NAME, 1)
    opening.onsuccess = () => resolve(opening.result)
  })
  const told: string[] = []
  const opening = openBackend({ blocked: () => told.push('blocked'), unblocked: () => told.push('unblocked') })
  await vi.waitFor(() => expect(told).toEqual(['blocked']))
  older.close()
  const backend = await opening
  expect(told).toEqual(['blocked', 'unblocked'])
  backend.close()
})

it('lets go of the database for a newer version in another tab, and keeps writing in memory', async () => {
  const profile = new Profile()
  const tab = profile.tab()
  const { id } = await tab.store.createThread()
  await new Promise<void>((resolve) => {
    const opening = indexedDB.open(DB_NAME, DB_VERSION + 1)
    opening.onsuccess = () => {
      opening.result.close()
      resolve()
    }
  })
  expect(tab.vault.state.outdated).toBe(true)
  const later = await tab.store.createThread({ title: 'later' })
  expect(await tab.store.getThread(later.id)).toMatchObject({ title: 'later' })
  expect(id).not.toBe(later.id)
})

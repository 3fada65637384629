// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OpenError } from '@/stores/backend/open'
import { createStorage } from '@/stores/storage'
import { UNDO_MS } from '@/stores/undo'
import { Profile, settle, type Tab } from './harness'

let profile: Profile
let tab: Tab

beforeEach(() => {
  profile = new Profile()
  tab = profile.tab()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** From now on until `room` is called, no write of a message, thread or blob finds room. */
function fillDisk(): { room(): void } {
  const put = IDBObjectStore.prototype.put
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    if (['messages', 'threads', 'blobs'].includes(this.name)) throw new DOMException('no room', 'QuotaExceededError')
    return put.apply(this, args as [unknown])
  })
  return { room: () => spy.mockRestore() }
}

const storageOf = (of: Tab, manager?: Partial<StorageManager>) =>
  createStorage({ vault: of.vault, blobs: of.blobs, tabs: of.tabs, manager })

describe('a full disk', () => {
  it('loses nothing: the thread goes on in memory, and is written when there is room', async () => {
    const { id } = await tab.store.createThread()
    const before = await tab.store.addMessageToThread(id, { role: 'user', content: 'before' })
    await tab.store.setCurrentThread(id)
    const disk = fillDisk()
    const file = await tab.blobs.putBlob(new Blob(['bytes']), { name: 'f.txt' })
    await tab.store.addMessageToThread(id, { role: 'assistant', content: 'during', attachments: [file] })
    await tab.store.updateMessageContent(id, before.id, 'changed during')
    const fresh = await tab.store.createThread({ title: 'fresh' })
    expect(tab.store.messages.value.map((message) => message.content)).toEqual(['changed during', 'during'])
    expect(tab.vault.state).toMatchObject({ kind: 'durable', full: true, unsaved: 2 })
    const storage = storageOf(tab)
    expect(storage.notice.value).toBe('full')
    expect(await storage.retry()).toBe(false)

    disk.room()
    expect(await storage.retry()).toBe(true)
    expect(storage.notice.value).toBeNull()
    tab.die()
    const reloaded = profile.tab()
    const messages = await reloaded.store.allMessages(id)
    expect(messages.map((message) => message.content)).toEqual(['changed during', 'during'])
    expect(await (await reloaded.blobs.getBlob(file.blobId))!.text()).toBe('bytes')
    expect(await reloaded.store.getThread(fresh.id)).toMatchObject({ title: 'fresh' })
  })

  it('is tried again by itself after something was deleted', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { id } = await tab.store.createThread()
    const old = await tab.store.createThread()
    const disk = fillDisk()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'kept' })
    disk.room()
    await tab.store.deleteThread(old.id)
    await vi.advanceTimersByTimeAsync(UNDO_MS + 10)
    vi.useRealTimers()
    await vi.waitFor(() => expect(tab.vault.state).toMatchObject({ full: false, unsaved: 0 }))
  })

  it('keeps a delete that was made while it was full', async () => {
    const { id } = await tab.store.createThread()
    const first = await tab.store.addMessageToThread(id, { role: 'user', content: 'first' })
    const disk = fillDisk()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'second' })
    await tab.store.deleteMessage(id, first.id)
    disk.room()
    expect(await tab.vault.flush()).toBe(true)
    expect(await tab.store.allMessages(id)).toEqual([])
    expect(await tab.store.getThread(id)).toMatchObject({ messageCount: 0 })
  })
})

describe('without a database', () => {
  it('works in memory and says why', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const closed = profile.tab({ open: () => Promise.reject(new OpenError('unavailable', undefined)) })
    const { id } = await closed.store.createThread()
    await closed.store.addMessageToThread(id, { role: 'user', content: 'hello' })
    await closed.store.setCurrentThread(id)
    expect(closed.store.messages.value).toMatchObject([{ content: 'hello', seq: 0 }])
    expect(closed.vault.state).toMatchObject({ kind: 'memory', reason: 'unavailable' })
    expect(storageOf(closed).notice.value).toBe('private-mode')
  })
})

describe('a temporary thread', () => {
  it('never reaches the disk nor other tabs, with its files and its log', async () => {
    const other = profile.tab()
    await other.store.initDB()
    const { id } = await tab.store.createThread({ temporary: true })
    const direct = await tab.blobs.putBlob(new Blob(['direct']), { threadId: id })
    const early = await tab.blobs.putBlob(new Blob(['early']))
    const message = await tab.store.addMessageToThread(id, {
      role: 'user',
      content: 'secret',
      attachments: [direct, early],
    })
    await tab.store.logRequest({
      threadId: id,
      messageId: message.id,
      at: 1,
      model: 'm',
      provider: 'p',
      promptTokens: 1,
      completionTokens: 1,
      cachedTokens: 0,
      reasoningTokens: 0,
      estimated: false,
      costUsd: 0,
      durationMs: 1,
      outcome: 'complete',
    })
    await settle()
    expect(await tab.store.allMessages(id)).toHaveLength(1)
    expect(await (await tab.blobs.getBlob(early.blobId))!.text()).toBe('early')
    const counts = await tab.vault
      .main()
      .run(['threads', 'messages', 'blobs', 'requests'], 'readonly', (unit) =>
        Promise.all((['threads', 'messages', 'blobs', 'requests'] as const).map((name) => unit.count(name))),
      )
    expect(counts).toEqual([0, 0, 0, 0])
    expect(other.store.threads.value).toEqual([])
  })
})

describe('deletes', () => {
  it('can be taken back for ten seconds, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { id } = await tab.store.createThread({ title: 'back' })
    await tab.store.addMessageToThread(id, { role: 'user', content: 'x' })
    const undo = await tab.store.deleteThread(id)
    expect(undo.expiresAt - Date.now()).toBe(UNDO_MS)
    expect(tab.store.threads.value).toEqual([])
    await undo.undo()
    expect(tab.store.threads.value).toMatchObject([{ title: 'back', messageCount: 1 }])
    expect(await tab.store.allMessages(id)).toHaveLength(1)

    const late = await tab.store.deleteThread(id)
    await vi.advanceTimersByTimeAsync(UNDO_MS + 1)
    await late.undo()
    expect(await tab.store.getThread(id)).toBeNull()
  })

  it('take everything, and give everything back', async () => {
    const other = profile.tab()
    await other.store.initDB()
    const ids = []
    for (let i = 0; i < 3; i++) {
      const { id } = await tab.store.createThread()
      ids.push(id)
      await tab.store.addMessageToThread(id, { role: 'user', content: `${i}` })
    }
    await tab.store.createThread({ temporary: true })
    await settle()
    expect(other.store.threads.value).toHaveLength(3)
    const undo = await tab.store.deleteAllThreads()
    await settle()
    expect(tab.store.threads.value).toEqual([])
    expect(other.store.threads.value).toEqual([])
    await undo.undo()
    await settle()
    expect(tab.store.threads.value).toHaveLength(4)
    expect(other.store.threads.value).toHaveLength(3)
    expect(await other.store.allMessages(ids[1]!)).toMatchObject([{ content: '1' }])
  })

  it('sweep files that no message names any more, and only those', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { id } = await tab.store.createThread()
    const [shared, alone] = [await tab.blobs.putBlob(new Blob(['s'])), await tab.blobs.putBlob(new Blob(['a']))]
    const doomed = await tab.store.addMessageToThread(id, { role: 'user', attachments: [shared, alone] })
    await tab.store.addMessageToThread(id, { role: 'user', attachments: [shared], parentId: null })
    await tab.store.deleteMessage(id, doomed.id)
    expect(await tab.blobs.getBlob(alone.blobId)).not.toBeNull()
    await vi.advanceTimersByTimeAsync(UNDO_MS + 1)
    vi.useRealTimers()
    await vi.waitFor(async () => expect(await tab.blobs.getBlob(alone.blobId)).toBeNull())
    expect(await tab.blobs.getBlob(shared.blobId)).not.toBeNull()
  })

  it('of a thread being written to are no error for the writer', async () => {
    const { id } = await tab.store.createThread()
    const answer = await tab.store.addMessageToThread(id, { role: 'assistant', status: 'streaming' })
    await tab.store.deleteThread(id)
    expect(await tab.store.updateMessageInThread(id, answer.id, { content: 'late' })).toBeNull()
  })
})

describe('the meter', () => {
  it('counts, and warns before the storage is full', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'x' })
    const persist = vi.fn(() => Promise.resolve(true))
    const storage = storageOf(tab, {
      estimate: () => Promise.resolve({ usage: 95, quota: 100 }),
      persisted: () => Promise.resolve(false),
      persist,
    })
    expect(await storage.measure()).toMatchObject({ usage: 95, quota: 100, persisted: false, threads: 1, messages: 1 })
    expect(storage.notice.value).toBe('nearly-full')
    await storage.persistOnce()
    await storage.persistOnce()
    expect(persist).toHaveBeenCalledOnce()
  })

  it('does without a browser that tells', async () => {
    await tab.store.initDB()
    const storage = storageOf(tab)
    expect(await storage.measure()).toEqual({ threads: 0, messages: 0, attachments: 0, requests: 0, backups: 0 })
    expect(await storage.persist()).toBe(false)
    expect(storage.notice.value).toBeNull()
  })

  it('drops backups after thirty days and files nobody used after seven', async () => {
    const day = 24 * 3600 * 1000
    const now = 100 * day
    await tab.store.initDB()
    const put = (id: string, createdAt: number) =>
      tab.vault
        .main()
        .run(['backups'], 'readwrite', (unit) =>
          unit.put('backups', { id, createdAt, fromVersion: 3, store: 'threads', record: {} }),
        )
    await put('old', now - 31 * day)
    await put('young', now - 29 * day)
    const then = profile.tab({ now: () => now - 8 * day })
    const left = await then.blobs.putBlob(new Blob(['x']))
    const recent = await profile.tab({ now: () => now }).blobs.putBlob(new Blob(['y']))
    const later = profile.tab({ now: () => now })
    await createStorage({ ...later, manager: undefined, now: () => now }).tidy()
    const backups = await later.vault.main().run(['backups'], 'readonly', (unit) => unit.ids('backups'))
    expect(backups).toEqual(['young'])
    expect(await later.blobs.getBlob(left.blobId)).toBeNull()
    expect(await later.blobs.getBlob(recent.blobId)).not.toBeNull()
  })
})

// Where each thread lies: in the database, or in this tab's memory because it is temporary, because there is no database,
// or because the disk is full. A write that finds the disk full goes on in memory, and the state says so.
import { shallowReactive } from 'vue'
import type { ThreadId } from '@/domain'
import { StorageFullError, type Backend } from './backend/backend'
import { memoryBackend } from './backend/memory'
import { OpenError, openBackend, type OpenEvents, type OpenFailure } from './backend/open'
import { messageKey } from './backend/records'

export interface VaultState {
  kind: 'opening' | 'durable' | 'memory'
  /** Why there is no database. */
  reason: OpenFailure | null
  /** The upgrade waits for another tab to close. */
  blocked: boolean
  /** A newer version of the page took the database over: reload. */
  outdated: boolean
  /** The last durable write found no room. */
  full: boolean
  /** Threads with something that only this tab has, apart from temporary ones. */
  unsaved: number
}

export interface Vault {
  readonly state: Readonly<VaultState>
  /** Opens what there is; never rejects. */
  ready(): Promise<void>
  /** The database, or memory in its place. */
  main(): Backend
  /** Memory of this tab. */
  readonly ram: Backend
  of(threadId: ThreadId): Backend
  isTemporary(threadId: ThreadId): boolean
  addTemporary(threadId: ThreadId): void
  /** Whether other tabs can read the thread. */
  isShared(threadId: ThreadId): boolean
  /** Does the work where the thread lies; with the disk full, takes the thread into memory and does it there. */
  write<T>(threadId: ThreadId, work: (backend: Backend) => Promise<T>): Promise<T>
  /** What must be done before the database is left to a newer version of the page. */
  beforeLeaving(work: () => Promise<void>): void
  /** Writes what only this tab has to the database; true when nothing is left. */
  flush(): Promise<boolean>
  close(): void
}

const RECENT = 8

export interface VaultDeps {
  open?: (events: OpenEvents) => Promise<Backend>
}

export function createVault({ open = openBackend }: VaultDeps = {}): Vault {
  const state = shallowReactive<VaultState>({
    kind: 'opening',
    reason: null,
    blocked: false,
    outdated: false,
    full: false,
    unsaved: 0,
  })
  const ram = memoryBackend()
  const temporary = new Set<ThreadId>()
  const adopted = new Set<ThreadId>()
  /** Threads written last: what a person works on, and goes on with in memory when the database is gone. */
  const recent = new Set<ThreadId>()
  let finishFirst: () => Promise<void> = () => Promise.resolve()
  let main: Backend | undefined
  let opening: Promise<void> | undefined

  async function openOnce(): Promise<void> {
    try {
      main = await open({
        blocked: () => (state.blocked = true),
        unblocked: () => (state.blocked = false),
        outdated: leave,
      })
      state.kind = 'durable'
    } catch (error) {
      main = memoryBackend()
      state.reason = error instanceof OpenError ? error.reason : 'unavailable'
      state.kind = 'memory'
      console.warn('Conversations are kept in memory only:', error)
    }
    state.blocked = false
  }

  const ready = () => (opening ??= openOnce())
  const present = () => {
    if (!main) throw new Error('the storage is not open yet')
    return main
  }
  const inRam = (threadId: ThreadId) => temporary.has(threadId) || adopted.has(threadId)
  const of = (threadId: ThreadId) => (inRam(threadId) ? ram : present())

  async function write<T>(threadId: ThreadId, work: (backend: Backend) => Promise<T>): Promise<T> {
    await ready()
    recent.delete(threadId)
    recent.add(threadId)
    if (recent.size > RECENT) recent.delete(recent.values().next().value!)
    try {
      return await work(of(threadId))
    } catch (error) {
      if (!isLost(error)) throw error
      state.full = error instanceof StorageFullError
      await adopt(threadId)
      return work(ram)
    }
  }

  async function leave(): Promise<void> {
    state.outdated = true
    await finishFirst()
    for (const threadId of recent) if (!inRam(threadId)) await adopt(threadId)
  }

  async function adopt(threadId: ThreadId): Promise<void> {
    await copyThread(threadId, present(), ram).catch((error: unknown) => {
      if (!isLost(error)) throw error
    })
    adopted.add(threadId)
    state.unsaved = adopted.size
  }

  async function flush(): Promise<boolean> {
    for (const threadId of [...adopted]) {
      try {
        await moveBlobs(threadId, ram, present())
        await copyThread(threadId, ram, present())
        await dropThread(threadId, ram)
      } catch (error) {
        if (!isLost(error)) throw error
        return false
      }
      adopted.delete(threadId)
      state.unsaved = adopted.size
    }
    state.full = false
    return true
  }

  return {
    state,
    ready,
    main: present,
    ram,
    of,
    isTemporary: (threadId) => temporary.has(threadId),
    addTemporary: (threadId) => void temporary.add(threadId),
    isShared: (threadId) => !inRam(threadId) && state.kind === 'durable',
    write,
    beforeLeaving: (work) => void (finishFirst = work),
    flush,
    close: () => main?.close(),
  }
}

/** No room, or the database is out of reach for this tab from now on. */
function isLost(error: unknown): boolean {
  return error instanceof StorageFullError || error instanceof OpenError
}

/** Makes the thread in `to` what it is in `from`; where `from` has none, `to` has none after. */
async function copyThread(threadId: ThreadId, from: Backend, to: Backend): Promise<void> {
  const source = await from.run(['threads', 'messages'], 'readonly', async (unit) => ({
    thread: await unit.get('threads', threadId),
    messages: await unit.messages(threadId),
  }))
  await to.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const wanted = new Set(source.messages.map((message) => messageKey(message).join()))
    const present = await unit.messages(threadId)
    const surplus = present.filter((message) => !wanted.has(messageKey(message).join()))
    await Promise.all(surplus.map((message) => unit.deleteMessage(message)))
    await Promise.all(source.messages.map((message) => unit.put('messages', message)))
    if (source.thread) await unit.put('threads', source.thread)
    else await unit.delete('threads', threadId)
  })
}

async function dropThread(threadId: ThreadId, from: Backend): Promise<void> {
  await from.run(['threads', 'messages'], 'readwrite', async (unit) => {
    for (const message of await unit.messages(threadId)) await unit.deleteMessage(message)
    await unit.delete('threads', threadId)
  })
}

/** Moves the blobs that the messages of a thread name; `messages` says where those lie. */
export async function moveBlobs(
  threadId: ThreadId,
  from: Backend,
  to: Backend,
  messages: Backend = from,
): Promise<void> {
  const named = await messages.run(['messages'], 'readonly', async (unit) => {
    const ids = (await unit.messages(threadId)).flatMap((message) => message.blobIds)
    return [...new Set(ids)]
  })
  const blobs = await from.run(['blobs'], 'readonly', (unit) => Promise.all(named.map((id) => unit.get('blobs', id))))
  for (const blob of blobs) {
    if (!blob) continue
    await to.run(['blobs'], 'readwrite', (unit) => unit.put('blobs', blob))
    await from.run(['blobs'], 'readwrite', (unit) => unit.delete('blobs', blob.id))
  }
}

let shared: Vault | undefined

export function useVault(): Vault {
  shared ??= createVault()
  return shared
}

// How safely and how fully things are kept: what the browser promised, how much room there is, how far back history goes.
import { computed, shallowReactive, type ComputedRef } from 'vue'
import { useBlobs, type BlobStore } from './blobs'
import { useTabs, type Tabs } from './tabs'
import { useVault, type Vault, type VaultState } from './vault'

/** From this share of the quota on, the meter warns. */
const NEARLY_FULL = 0.9
const PERSIST_ASKED = 'persist-asked'
/** How long the records from before an upgrade are kept. */
const BACKUP_MS = 30 * 24 * 3600 * 1000

export interface StorageMeter {
  /** Bytes used by this origin and allowed to it; absent where the browser does not tell. */
  usage?: number
  quota?: number
  /** Whether the browser may delete everything when the disk runs low; absent where it does not tell. */
  persisted?: boolean
  threads: number
  messages: number
  attachments: number
  requests: number
  /** The oldest thread, in milliseconds since the epoch. */
  oldestAt?: number
  /** Records from before an upgrade that can still be exported. */
  backups: number
}

export type StorageNotice =
  'blocked' | 'outdated' | 'full' | 'nearly-full' | 'private-mode' | 'newer-version' | 'upgrade-failed'

export interface StorageStore {
  state: Readonly<VaultState>
  meter: Readonly<StorageMeter>
  /** The one thing about storage that a person should know now, or null. */
  notice: ComputedRef<StorageNotice | null>
  measure(): Promise<StorageMeter>
  /** Asks the browser to keep the data when the disk runs low; true when it promised. */
  persist(): Promise<boolean>
  /** Tries again to write what only this tab has; true when all of it is on the disk. */
  retry(): Promise<boolean>
  /** The records from before the last upgrade as a file that can be imported; null where there are none. */
  exportBackup(): Promise<Blob | null>
  /** Asks for the browser's promise once in the life of this database: when there is something worth keeping. */
  persistOnce(): Promise<void>
  /** Measures, and in one tab sweeps blobs that nothing names and old backups; for an idle moment after the start. */
  tidy(): Promise<void>
}

export interface StorageDeps {
  vault: Vault
  blobs: BlobStore
  tabs: Pick<Tabs, 'post' | 'locks'>
  manager: Partial<StorageManager> | undefined
  now?: () => number
}

export function createStorage({ vault, blobs, tabs, manager, now = Date.now }: StorageDeps): StorageStore {
  const meter = shallowReactive<StorageMeter>({ threads: 0, messages: 0, attachments: 0, requests: 0, backups: 0 })

  async function measure(): Promise<StorageMeter> {
    await vault.ready()
    const [estimate, persisted] = await Promise.all([
      manager?.estimate?.().catch(() => undefined),
      manager?.persisted?.().catch(() => undefined),
    ])
    const counts = await count(vault)
    Object.assign(meter, counts, pick({ usage: estimate?.usage, quota: estimate?.quota, persisted }))
    return meter
  }

  async function persist(): Promise<boolean> {
    const promised = (await manager?.persist?.().catch(() => false)) ?? false
    await measure()
    return promised
  }

  async function persistOnce(): Promise<void> {
    await vault.ready()
    if (vault.state.kind !== 'durable' || (await manager?.persisted?.().catch(() => true))) return
    const first = await vault.main().run(['meta'], 'readwrite', async (unit) => {
      if (await unit.get('meta', PERSIST_ASKED)) return false
      await unit.put('meta', { key: PERSIST_ASKED, value: now() })
      return true
    })
    if (first) await persist()
  }

  async function tidy(): Promise<void> {
    const release = await tabs.locks.tryHold('llms.tidy')
    try {
      if (release) await sweep()
    } finally {
      release?.()
    }
    await measure()
  }

  async function sweep(): Promise<void> {
    await blobs.sweep()
    await vault.main().run(['backups'], 'readwrite', async (unit) => {
      for (const id of await unit.ids('backups')) {
        const backup = await unit.get('backups', id)
        if (backup && backup.createdAt < now() - BACKUP_MS) await unit.delete('backups', id)
      }
    })
  }

  async function exportBackup(): Promise<Blob | null> {
    await vault.ready()
    const backups = await vault.main().run(['backups'], 'readonly', (unit) => unit.all('backups'))
    if (backups.length === 0) return null
    const recordsOf = (store: string) => backups.filter((each) => each.store === store).map((each) => each.record)
    const threads = recordsOf('threads')
    const made = { exportedAt: new Date(backups[0]!.createdAt).toISOString(), version: '1.0', source: 'llmspy' }
    const document = { ...made, threadCount: threads.length, threads, requests: recordsOf('requests') }
    return new Blob([JSON.stringify(document)], { type: 'application/json' })
  }

  return {
    state: vault.state,
    meter,
    notice: computed(() => noticeOf(vault.state, meter)),
    measure,
    persist,
    persistOnce,
    tidy,
    async retry() {
      const done = await vault.flush()
      tabs.post({ kind: 'threads-changed' })
      await measure()
      return done
    },
    exportBackup,
  }
}

function count(vault: Vault): Promise<Partial<StorageMeter>> {
  return vault.main().run(['threads', 'messages', 'blobs', 'requests', 'backups'], 'readonly', async (unit) => {
    const threads = await unit.all('threads')
    const oldestAt = threads.reduce((oldest, thread) => Math.min(oldest, thread.createdAt), Infinity)
    return pick({
      threads: threads.length,
      messages: await unit.count('messages'),
      attachments: await unit.count('blobs'),
      requests: await unit.count('requests'),
      backups: await unit.count('backups'),
      oldestAt: Number.isFinite(oldestAt) ? oldestAt : undefined,
    })
  })
}

function pick<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

function noticeOf(state: VaultState, meter: StorageMeter): StorageNotice | null {
  if (state.blocked) return 'blocked'
  if (state.outdated) return 'outdated'
  if (state.kind === 'memory') return MEMORY_NOTICES[state.reason ?? 'unavailable']
  if (state.full) return 'full'
  const { usage, quota } = meter
  return usage !== undefined && quota && usage / quota >= NEARLY_FULL ? 'nearly-full' : null
}

const MEMORY_NOTICES = {
  unavailable: 'private-mode',
  'newer-version': 'newer-version',
  'upgrade-failed': 'upgrade-failed',
  full: 'full',
} as const

let shared: StorageStore | undefined

export function useStorage(): StorageStore {
  shared ??= createStorage({
    vault: useVault(),
    blobs: useBlobs(),
    tabs: useTabs(),
    manager: globalThis.navigator?.storage,
  })
  return shared
}

// A browser profile with as many tabs as a test opens: one database, one set of locks and one channel between them.
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { vi } from 'vitest'
import { createBlobs } from '@/stores/blobs'
import { openBackend } from '@/stores/backend/open'
import { localLocks, type Locks, type Release } from '@/stores/locks'
import { createRequests } from '@/stores/requests'
import { createRuns } from '@/stores/runs'
import { createTabs, type Channel } from '@/stores/tabs'
import { createThreadStore } from '@/stores/threadStore'
import { createVault, type VaultDeps } from '@/stores/vault'

export interface TabOptions extends VaultDeps {
  now?: () => number
}

export function freshDatabase(): IDBFactory {
  const factory = new IDBFactory()
  vi.stubGlobal('indexedDB', factory)
  return factory
}

export class Profile {
  private readonly locks = localLocks()
  private readonly channels = new Set<Channel>()

  constructor() {
    freshDatabase()
  }

  /** Delivers to every other channel in a later task, structured-cloned, as a browser does. */
  channel(): Channel {
    const { channels } = this
    const own: Channel = {
      onmessage: null,
      postMessage(message) {
        const copy: unknown = structuredClone(message)
        for (const other of channels)
          if (other !== own) setTimeout(() => other.onmessage?.({ data: copy } as MessageEvent))
      },
      close: () => void channels.delete(own),
    }
    channels.add(own)
    return own
  }

  tab({ now, ...deps }: TabOptions = {}) {
    const held: Release[] = []
    const remember = (release: Release | null) => {
      if (release) held.push(release)
      return release
    }
    const locks: Locks = {
      shared: true,
      held: (name) => this.locks.held(name),
      tryHold: async (name) => remember(await this.locks.tryHold(name)),
      hold: async (name, signal) => remember(await this.locks.hold(name, signal))!,
      untilFree: (name, signal) => this.locks.untilFree(name, signal),
    }
    const channel = this.channel()
    const tabs = createTabs(channel, locks)
    const vault = createVault(deps)
    const runs = createRuns(tabs)
    const blobs = createBlobs(vault, now)
    const requests = createRequests(vault, tabs)
    const store = createThreadStore({ vault, tabs, runs, blobs, requests, ...(now ? { now } : {}) })
    return {
      store,
      vault,
      tabs,
      runs,
      blobs,
      requests,
      /** As when the tab crashes or is closed: its locks are freed and it hears no more. */
      die() {
        channel.close()
        held.forEach((release) => release())
        vault.close()
      },
    }
  }
}

export type Tab = ReturnType<Profile['tab']>

export { openBackend }

/** Waits until messages between tabs have arrived and what they set off is done. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve))
}

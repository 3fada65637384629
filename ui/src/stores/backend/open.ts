// Opens the database, upgrades it, and says why it cannot where it cannot.
import { openDB, type IDBPDatabase } from 'idb'
import type { Backend } from './backend'
import { indexedDbBackend } from './indexeddb'
import { AncestorFoundError, upgrade, type AdoptAncestor, type UpgradeOptions } from './migrations'
import { DB_NAME, DB_VERSION, type Schema } from './schema'

export type OpenFailure =
  /** The browser has no database, or refuses one in this window. */
  | 'unavailable'
  /** The database was made by a newer version of this page. */
  | 'newer-version'
  /** The upgrade could not be done; the former database is untouched. */
  | 'upgrade-failed'
  | 'full'

export class OpenError extends Error {
  override name = 'OpenError'
  constructor(
    readonly reason: OpenFailure,
    cause: unknown,
  ) {
    super(`the database cannot be opened: ${reason}`, { cause })
  }
}

export interface OpenEvents {
  /** Another tab still uses the former version; the upgrade goes on when it is closed. */
  blocked?(): void
  unblocked?(): void
  /** A newer version of the page wants the database; it waits until this is done, and then this tab has none any more. */
  outdated?(): Promise<void>
}

type Connection = IDBPDatabase<Schema>

/** A backend on the database, once it could be opened; it reconnects when the browser drops the connection. */
export async function openBackend(events: OpenEvents = {}, name = DB_NAME): Promise<Backend> {
  let current: Promise<Connection> | undefined
  let outdated = false

  function connect(): Promise<Connection> {
    if (outdated) return Promise.reject(new OpenError('newer-version', undefined))
    current ??= connectOnce(name, events, {
      drop: () => (current = undefined),
      async outdated() {
        await events.outdated?.()
        outdated = true
      },
    })
    current.catch(() => (current = undefined))
    return current
  }

  await connect()
  return indexedDbBackend(connect, () => (current = undefined))
}

interface ConnectionEvents {
  drop(): void
  outdated(): Promise<void>
}

async function connectOnce(name: string, events: OpenEvents, connection: ConnectionEvents): Promise<Connection> {
  if (typeof indexedDB === 'undefined') throw new OpenError('unavailable', undefined)
  const how = { backup: true, adoptAncestor: undefined as AdoptAncestor | undefined }
  let opened = await attempt(name, events, connection, how)
  if (opened instanceof OpenError && opened.cause instanceof AncestorFoundError) {
    how.adoptAncestor = (await import('./ancestorUpgrade')).adoptAncestor
    opened = await attempt(name, events, connection, how)
  }
  // Without room for the backup the upgrade is still all or nothing.
  if (opened instanceof OpenError && opened.reason === 'full')
    opened = await attempt(name, events, connection, { ...how, backup: false })
  if (opened instanceof OpenError) throw opened
  return opened
}

async function attempt(
  name: string,
  events: OpenEvents,
  connection: ConnectionEvents,
  how: Pick<UpgradeOptions, 'backup' | 'adoptAncestor'>,
): Promise<Connection | OpenError> {
  let upgradeError: unknown
  let blocked = false
  try {
    return await openDB<Schema>(name, DB_VERSION, {
      upgrade(raw, from, _to, transaction) {
        upgrade(raw, transaction, { ...how, from, now: Date.now() }).catch((error: unknown) => {
          upgradeError = error
          transaction.abort()
        })
        // Aborted, it rejects here too; opening says so already.
        transaction.done.catch(() => undefined)
      },
      blocked() {
        blocked = true
        events.blocked?.()
      },
      async blocking(_current, wanted, event) {
        const held = event.target as IDBDatabase
        // Null: the database is deleted, not upgraded; the next use makes it anew.
        if (wanted === null) connection.drop()
        else await connection.outdated()
        held.close()
      },
      terminated: connection.drop,
    })
  } catch (error) {
    return new OpenError(reasonOf(error, upgradeError), upgradeError ?? error)
  } finally {
    if (blocked) events.unblocked?.()
  }
}

function reasonOf(error: unknown, upgradeError: unknown): OpenFailure {
  const names = [error, upgradeError].map((each) => (each as { name?: string } | undefined)?.name)
  if (names.includes('QuotaExceededError')) return 'full'
  if (names.includes('VersionError')) return 'newer-version'
  return upgradeError ? 'upgrade-failed' : 'unavailable'
}

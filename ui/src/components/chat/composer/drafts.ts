// What was typed and attached but not sent, per thread. It is kept in localStorage because that is written at once: a
// page that is closed in the middle of a word loses nothing.

import type { Attachment, ThreadId } from '@/domain'

export interface Draft {
  text: string
  attachments: Attachment[]
}

export interface Drafts {
  read(id: ThreadId | null): Draft | null
  write(id: ThreadId | null, draft: Draft): void
}

const KEY = 'llms.drafts'
const NEW = 'new'
/** The oldest drafts go first; a composer is no archive. */
const MOST = 50

type KeyValue = Pick<Storage, 'getItem' | 'setItem'>

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Draft).text === 'string' &&
  Array.isArray((value as Draft).attachments)

export function createDrafts(storage: KeyValue | null): Drafts {
  function all(): Map<string, Draft> {
    try {
      const stored: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]')
      return new Map(Array.isArray(stored) ? (stored as [string, Draft][]).filter(([, draft]) => isDraft(draft)) : [])
    } catch {
      return new Map()
    }
  }

  return {
    read: (id) => all().get(id ?? NEW) ?? null,

    write(id, draft) {
      const drafts = all()
      drafts.delete(id ?? NEW)
      if (draft.text || draft.attachments.length) drafts.set(id ?? NEW, draft)
      try {
        storage?.setItem(KEY, JSON.stringify([...drafts].slice(-MOST)))
      } catch {
        // A full or forbidden storage keeps no drafts; the composer itself still does.
      }
    },
  }
}

/** Drafts that go with the page: those of temporary chats. */
export function memoryDrafts(): Drafts {
  const stored = new Map<string, string>()
  return createDrafts({ getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) })
}

export function browserDrafts(): Drafts {
  try {
    return createDrafts(globalThis.localStorage ?? null)
  } catch {
    return createDrafts(null)
  }
}

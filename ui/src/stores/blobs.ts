// Attachments, images and sounds: bytes apart from the messages that name them, so that a message stays small to read.
import type { Attachment, BlobId, ThreadId } from '@/domain'
import type { Backend } from './backend/backend'
import type { BlobRecord } from './backend/records'
import { StorageFullError } from './backend/backend'
import { newId } from './ids'
import { attachmentOf } from './attachments'
import { moveBlobs, useVault, type Vault } from './vault'

/** A blob that no message names may belong to a draft; after this it is left over. */
const ABANDONED_MS = 7 * 24 * 3600 * 1000

export interface PutOptions {
  name?: string
  /** The thread it is for: what belongs to a temporary one never reaches the disk. */
  threadId?: ThreadId
}

export interface BlobStore {
  putBlob(blob: Blob, options?: PutOptions): Promise<Attachment>
  getBlob(id: BlobId): Promise<Blob | null>
  /** An object URL that is shared by all who ask; `releaseUrl` as often as it was asked for. Null where the blob is gone. */
  blobUrl(id: BlobId): Promise<string | null>
  releaseUrl(id: BlobId): void
  /** Deletes those of the blobs that no message names; without ids, everything left over from former days. */
  sweep(ids?: BlobId[]): Promise<void>
  /** Moves what the messages of a temporary thread name from the disk into memory. */
  takeIntoMemory(threadId: ThreadId): Promise<void>
}

export function createBlobs(vault: Vault, now: () => number = Date.now): BlobStore {
  const urls = new Map<BlobId, { url: Promise<string | null>; users: number }>()

  async function putBlob(blob: Blob, { name, threadId }: PutOptions = {}): Promise<Attachment> {
    await vault.ready()
    const type = blob.type || 'application/octet-stream'
    const given = name ?? (blob as Partial<File>).name ?? 'file'
    const record: BlobRecord = { id: newId(now()), blob, name: given, type, size: blob.size, createdAt: now() }
    const write = (backend: Backend) => backend.run(['blobs'], 'readwrite', (unit) => unit.put('blobs', record))
    try {
      await write(threadId === undefined ? vault.main() : vault.of(threadId))
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error
      await write(vault.ram)
    }
    return attachmentOf(record)
  }

  async function getBlob(id: BlobId): Promise<Blob | null> {
    await vault.ready()
    for (const backend of [vault.ram, vault.main()]) {
      const found = await backend.run(['blobs'], 'readonly', (unit) => unit.get('blobs', id))
      if (found) return found.blob
    }
    return null
  }

  async function blobUrl(id: BlobId): Promise<string | null> {
    let entry = urls.get(id)
    if (!entry) {
      entry = { url: getBlob(id).then((blob) => blob && URL.createObjectURL(blob)), users: 0 }
      urls.set(id, entry)
    }
    entry.users++
    const url = await entry.url
    if (url === null) urls.delete(id)
    return url
  }

  function releaseUrl(id: BlobId): void {
    const entry = urls.get(id)
    if (!entry || --entry.users > 0) return
    urls.delete(id)
    void entry.url.then((url) => url && URL.revokeObjectURL(url))
  }

  async function sweep(ids?: BlobId[]): Promise<void> {
    await vault.ready()
    for (const backend of [vault.main(), vault.ram]) {
      const candidates = ids ?? (await abandoned(backend))
      await backend.run(['messages', 'blobs'], 'readwrite', async (unit) => {
        for (const id of candidates) if ((await unit.blobUses(id)) === 0) await unit.delete('blobs', id)
      })
    }
  }

  /** The time of a blob lies in its id: no blob need be read. */
  async function abandoned(backend: Backend): Promise<BlobId[]> {
    const ids = await backend.run(['blobs'], 'readonly', (unit) => unit.ids('blobs'))
    const oldest = newId(Math.max(0, now() - ABANDONED_MS)).slice(0, 13)
    return ids.filter((id) => id.slice(0, 13) < oldest)
  }

  return {
    putBlob,
    getBlob,
    blobUrl,
    releaseUrl,
    sweep,
    takeIntoMemory: (threadId) => moveBlobs(threadId, vault.main(), vault.ram, vault.ram),
  }
}

let shared: BlobStore | undefined

export function useBlobs(): BlobStore {
  shared ??= createBlobs(useVault())
  return shared
}

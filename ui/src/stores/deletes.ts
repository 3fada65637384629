// Deletes of messages and threads, each with its way back for ten seconds.
import type { BlobId, MessageId, ThreadId } from '@/domain'
import type { BlobStore } from './blobs'
import type { OpenThread } from './openThread'
import * as operations from './operations'
import type { Removed } from './operations'
import type { Tabs } from './tabs'
import type { ThreadList } from './threadList'
import { createUndo, type Undo } from './undo'
import type { Vault } from './vault'

export interface DeletesDeps {
  vault: Vault
  tabs: Tabs
  blobs: BlobStore
  list: ThreadList
  open: OpenThread
  /** Called when something was put back. */
  onRestored: () => Promise<void>
}

export function createDeletes({ vault, tabs, blobs, list, open, onRestored }: DeletesDeps) {
  async function deleteThread(id: ThreadId): Promise<Undo> {
    const removed = await vault.write(id, (backend) => operations.removeThread(backend, id))
    list.hide(id)
    if (list.currentThread.value?.id === id) open.clearCurrentThread()
    if (vault.isShared(id)) tabs.post({ kind: 'thread-changed', threadId: id, removed: true })
    return undoOf(removed ? [removed] : [])
  }

  async function deleteAllThreads(): Promise<Undo> {
    const removed: Removed[] = []
    for (const backend of [vault.main(), vault.ram]) removed.push(...(await operations.removeAllThreads(backend)))
    open.clearCurrentThread()
    list.threads.value = []
    tabs.post({ kind: 'threads-changed' })
    return undoOf(removed)
  }

  async function deleteMessage(threadId: ThreadId, id: MessageId): Promise<Undo> {
    const removed = await vault.write(threadId, (backend) => operations.removeMessage(backend, threadId, id))
    if (!removed) return undoOf([])
    await open.forget(threadId, id)
    const thread = await list.get(threadId)
    if (thread) list.tell(thread)
    if (vault.isShared(threadId)) tabs.post({ kind: 'message-changed', threadId, messageId: id, removed: true })
    return undoOf([removed])
  }

  function undoOf(removed: Removed[]): Undo {
    const blobIds = removed.flatMap((each) => each.messages.flatMap((message) => message.blobIds))
    return createUndo(
      async () => {
        for (const each of removed) await putBack(each)
        await onRestored()
      },
      () => void freeSpace(blobIds),
    )
  }

  /** After a delete there may be room for what was kept in memory only. */
  async function freeSpace(blobIds: BlobId[]): Promise<void> {
    await blobs.sweep(blobIds)
    if (vault.state.unsaved > 0 && (await vault.flush())) tabs.post({ kind: 'threads-changed' })
  }

  async function putBack(removed: Removed): Promise<void> {
    const { id } = removed.thread
    const thread = await vault.write(id, (backend) => operations.restore(backend, removed))
    if (!thread) return
    list.tell(thread)
    if (vault.isShared(id) && !removed.whole)
      for (const message of removed.messages)
        tabs.post({ kind: 'message-changed', threadId: id, messageId: message.id })
    if (open.shows(id)) await open.reopenAt(thread.leafId)
  }

  return { deleteThread, deleteAllThreads, deleteMessage }
}

// Threads and their messages, reactive, for the components and for the chat engine. Each change is written first, in one
// transaction, and shown then; other tabs are told, and read the record anew.
import type { Usage } from '@/api/wire'
import type { Message, MessageId, Thread, ThreadId } from '@/domain'
import { toMessage } from './backend/records'
import { useBlobs, type BlobStore } from './blobs'
import type { ThreadStore } from './contract'
import { createDeletes } from './deletes'
import type { ThreadGroup } from './groups'
import { createOpenThread, type OpenThread } from './openThread'
import * as operations from './operations'
import type { AddOptions, Changed, NewMessage } from './operations'
import type { Patch } from './plain'
import { useRequests, type RequestsStore } from './requests'
import { useRuns, type Runs } from './runs'
import { useStorage } from './storage'
import { useTabs, type Tabs } from './tabs'
import { createThreadList, type ThreadList } from './threadList'
import type { Undo } from './undo'
import { useVault, type Vault } from './vault'

export type { AddOptions, NewMessage, ThreadGroup, ThreadStore, Undo }

export interface ThreadStoreDeps {
  vault: Vault
  tabs: Tabs
  runs: Runs
  blobs: BlobStore
  requests: RequestsStore
  now?: () => number
  /** Called when a message was stored on the disk. */
  onKept?: () => void
}

export function createThreadStore(deps: ThreadStoreDeps): ThreadStore {
  const { vault, tabs, runs, blobs, requests, now = Date.now } = deps
  const list = createThreadList(vault, tabs, now)
  const open = createOpenThread(vault, list)
  const messages = createMessages(deps, list, open, now)
  const deletes = createDeletes({ vault, tabs, blobs, list, open, onRestored: messages.interruptOrphans })
  let started: Promise<void> | undefined

  async function start(): Promise<void> {
    await list.load()
    list.ready.value = true
    void messages.interruptOrphans()
  }

  const initDB = () => (started ??= start())
  /** Each action waits until the storage is open. */
  const ready =
    <A extends unknown[], R>(action: (...args: A) => Promise<R>) =>
    (...args: A) =>
      initDB().then(() => action(...args))

  async function refresh(): Promise<void> {
    const shown = list.currentThread.value
    await list.load()
    const thread = list.threads.value.find((each) => each.id === shown?.id)
    if (!thread) return open.clearCurrentThread()
    list.currentThread.value = thread
    await open.reopenAt()
  }

  async function selectBranch(threadId: ThreadId, id: MessageId): Promise<void> {
    const leafId = (await open.treeOf(threadId)).newestLeaf(id)
    await open.endAt(threadId, leafId, id)
    await list.update(threadId, { leafId })
  }

  async function redoMessageFromThread(threadId: ThreadId, id: MessageId): Promise<void> {
    await open.endAt(threadId, id)
    await list.update(threadId, { leafId: id })
  }

  vault.beforeLeaving(() => runs.idle())
  heedTabs(tabs, list, open, ready(refresh))

  return {
    ...requests,
    ready: list.ready,
    threads: list.threads,
    currentThread: list.currentThread,
    groupedThreads: list.groupedThreads,
    messages: open.messages,
    earlier: open.earlier,
    isLoading: open.isLoading,
    initDB,
    loadThreads: list.load,
    createThread: ready((thread: Patch<Thread> = {}) => list.create(thread)),
    getThread: list.get,
    updateThread: ready(list.update),
    deleteThread: ready(deletes.deleteThread),
    deleteAllThreads: ready(deletes.deleteAllThreads),
    getAllThreadIds: async () => (await list.load()).map((thread) => thread.id),
    setCurrentThread: ready(open.setCurrentThread),
    setCurrentThreadFromRoute: ready(open.setCurrentThreadFromRoute),
    clearCurrentThread: open.clearCurrentThread,
    loadEarlier: open.loadEarlier,
    addMessageToThread: ready(messages.add),
    updateMessageInThread: ready((threadId, id, patch, { durable = true }: { durable?: boolean } = {}) =>
      messages.change(threadId, id, patch, durable),
    ),
    updateMessageContent: ready((threadId, id, content: string) => messages.change(threadId, id, { content }, true)),
    updateMessageUsage: ready(messages.changeUsage),
    deleteMessage: ready(deletes.deleteMessage),
    deleteMessageFromThread: ready(deletes.deleteMessage),
    redoMessageFromThread: ready(redoMessageFromThread),
    message: open.message,
    siblings: open.siblings,
    selectBranch: ready(selectBranch),
    path: open.path,
    allMessages: messages.all,
    interruptOrphans: messages.interruptOrphans,
    refresh: ready(refresh),
  }
}

/** Writes to messages. */
function createMessages(
  { vault, tabs, runs, blobs, onKept }: ThreadStoreDeps,
  list: ThreadList,
  open: OpenThread,
  now: () => number,
) {
  function tell({ message, thread, threadChanged }: Changed): void {
    const { id: messageId, threadId } = message
    if (vault.isShared(threadId)) tabs.post({ kind: 'message-changed', threadId, messageId })
    if (threadChanged) list.tell(thread)
  }

  async function add(threadId: ThreadId, draft: NewMessage, options?: AddOptions): Promise<Message> {
    const changed = await vault.write(threadId, (backend) =>
      operations.addMessage(backend, threadId, draft, now(), options),
    )
    if (vault.isTemporary(threadId)) await blobs.takeIntoMemory(threadId)
    await open.accept(changed.message, changed.thread.leafId === changed.message.id)
    tell(changed)
    if (vault.isShared(threadId)) onKept?.()
    return changed.message
  }

  async function change(
    threadId: ThreadId,
    id: MessageId,
    patch: Parameters<typeof operations.patchMessage>[3],
    durable: boolean,
  ): Promise<Message | null> {
    const changed = await vault.write(threadId, (backend) =>
      operations.patchMessage(backend, threadId, id, patch, now(), durable),
    )
    if (!changed) return null
    await open.accept(changed.message)
    tell(changed)
    return changed.message
  }

  async function changeUsage(threadId: ThreadId, idOrContent: string, usage: Usage): Promise<Message | null> {
    const byId = await change(threadId, idOrContent, { usage }, true)
    if (byId) return byId
    const named = (await all(threadId)).findLast((each) => each.content === idOrContent)
    return named ? change(threadId, named.id, { usage }, true) : null
  }

  async function all(threadId: ThreadId): Promise<Message[]> {
    await vault.ready()
    const records = await vault.of(threadId).run(['messages'], 'readonly', (unit) => unit.messages(threadId))
    return records.map(toMessage)
  }

  async function interruptOrphans(): Promise<void> {
    await vault.ready()
    for (const message of await operations.messagesByStatus(vault.main(), 'streaming')) {
      if (await runs.alive(message.id)) continue
      const interrupt = (found: Message) => (found.status === 'streaming' ? { status: 'interrupted' as const } : null)
      await change(message.threadId, message.id, interrupt, true)
    }
  }

  return { add, change, changeUsage, all, interruptOrphans }
}

/** Shows what other tabs did. */
function heedTabs(tabs: Tabs, list: ThreadList, open: OpenThread, refresh: () => Promise<void>): void {
  tabs.on('threads-changed', () => void refresh())
  tabs.on('thread-changed', async ({ threadId, removed }) => {
    if (!list.ready.value) return
    const thread = removed ? null : await list.get(threadId)
    if (thread) return list.show(thread)
    list.hide(threadId)
    if (list.currentThread.value?.id === threadId) open.clearCurrentThread()
  })
  tabs.on('message-changed', ({ threadId, messageId, removed }) => {
    void (removed ? open.forget(threadId, messageId) : open.acceptById(threadId, messageId))
  })
}

let shared: ThreadStore | undefined

export function useThreadStore(): ThreadStore {
  if (!shared) {
    let asked = false
    const store = createThreadStore({
      vault: useVault(),
      tabs: useTabs(),
      runs: useRuns(),
      blobs: useBlobs(),
      requests: useRequests(),
      onKept() {
        if (!asked) void useStorage().persistOnce()
        asked = true
      },
    })
    // A page that comes back from the cache of the browser has heard nothing of the other tabs.
    globalThis.addEventListener?.('pageshow', (event) => {
      if ((event as PageTransitionEvent).persisted) void store.refresh()
    })
    void store.initDB().then(() => whenIdle(() => void useStorage().tidy()))
    shared = store
  }
  return shared
}

function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 10_000 })
  else setTimeout(work, 3000)
}

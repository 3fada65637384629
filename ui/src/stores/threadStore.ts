// Threads and their messages, reactive, for the components and for the chat engine. Each change is written first, in one
// transaction, and shown then; other tabs are told, and read the record anew.
import { computed, ref, shallowRef } from 'vue'
import type { Usage } from '@/api/wire'
import type { Message, MessageId, Thread, ThreadId } from '@/domain'
import { useBlobs, type BlobStore } from './blobs'
import { Branch, WINDOW } from './branch'
import type { Backend } from './backend/backend'
import { toMessage, toThread, type ThreadRecord } from './backend/records'
import type { ThreadStore } from './contract'
import { groupThreads, type ThreadGroup } from './groups'
import { newId } from './ids'
import * as operations from './operations'
import type { AddOptions, Changed, NewMessage, Removed } from './operations'
import type { Patch } from './plain'
import { useRequests, type RequestsStore } from './requests'
import { useRuns, type Runs } from './runs'
import { useTabs, type Tabs } from './tabs'
import { MessageTree } from './tree'
import { createUndo, type Undo } from './undo'
import { useVault, type Vault } from './vault'

export type { AddOptions, NewMessage, ThreadGroup, ThreadStore, Undo }

export interface ThreadStoreDeps {
  vault: Vault
  tabs: Tabs
  runs: Runs
  blobs: BlobStore
  requests: RequestsStore
  now?: () => number
}

export function createThreadStore({
  vault,
  tabs,
  runs,
  blobs,
  requests,
  now = Date.now,
}: ThreadStoreDeps): ThreadStore {
  const ready = ref(false)
  const threads = shallowRef<Thread[]>([])
  const currentThread = shallowRef<Thread | null>(null)
  const messages = shallowRef<Message[]>([])
  const earlier = ref(0)
  const isLoading = ref(false)
  const groupedThreads = computed(() => groupThreads(threads.value, now()))
  let branch: Branch | null = null
  let opening = 0
  let started: Promise<void> | undefined

  // --- What is shown -------------------------------------------------------------------------------------------------

  function showThread(thread: Thread): void {
    const others = threads.value.filter((each) => each.id !== thread.id)
    const at = others.findIndex((each) => each.updatedAt <= thread.updatedAt)
    others.splice(at === -1 ? others.length : at, 0, thread)
    threads.value = others
    if (currentThread.value?.id === thread.id) currentThread.value = thread
  }

  function hideThread(id: ThreadId): void {
    threads.value = threads.value.filter((each) => each.id !== id)
    if (currentThread.value?.id === id) clearCurrentThread()
  }

  function showBranch(): void {
    messages.value = branch?.messages() ?? []
    earlier.value = branch?.earlier ?? 0
  }

  function showMessage(message: Message, how: { select?: boolean; follow?: boolean }): void {
    if (branch?.threadId !== message.threadId) return
    if (branch.accept(message, how)) showBranch()
  }

  function tell(changed: Changed): void {
    const { id: messageId, threadId } = changed.message
    if (changed.threadChanged) showThread(changed.thread)
    if (!vault.isShared(threadId)) return
    tabs.post({ kind: 'message-changed', threadId, messageId })
    if (changed.threadChanged) tabs.post({ kind: 'thread-changed', threadId })
  }

  function tellThread(thread: Thread): void {
    showThread(thread)
    if (vault.isShared(thread.id)) tabs.post({ kind: 'thread-changed', threadId: thread.id })
  }

  // --- Threads -------------------------------------------------------------------------------------------------------

  async function start(): Promise<void> {
    await vault.ready()
    await loadThreads()
    ready.value = true
    void interruptOrphans()
  }

  const initDB = () => (started ??= start())

  async function loadThreads(): Promise<Thread[]> {
    await vault.ready()
    const read = (backend: Backend) => backend.run(['threads'], 'readonly', (unit) => unit.all('threads'))
    const [stored, held] = await Promise.all([read(vault.main()), read(vault.ram)])
    const byId = new Map([...stored, ...held].map((record) => [record.id, toThread(record)]))
    threads.value = [...byId.values()].sort((a, b) => b.updatedAt - a.updatedAt)
    return threads.value
  }

  async function readThread(id: ThreadId): Promise<ThreadRecord | undefined> {
    await vault.ready()
    return vault.of(id).run(['threads'], 'readonly', (unit) => unit.get('threads', id))
  }

  async function getThread(id: ThreadId): Promise<Thread | null> {
    const record = await readThread(id)
    return record ? toThread(record) : null
  }

  async function createThread(partial: Patch<Thread> = {}): Promise<Thread> {
    await initDB()
    const at = now()
    const record = {
      title: '',
      titleSource: partial.title ? 'user' : 'auto',
      createdAt: at,
      updatedAt: at,
      pinned: false,
      model: '',
      systemPrompt: '',
      params: {},
      draft: '',
      ...partial,
      id: partial.id ?? newId(at),
      leafId: null,
      messageCount: 0,
      totalTokens: 0,
      totalCostUsd: 0,
      nextSeq: 0,
    } as ThreadRecord
    if (record.temporary) vault.addTemporary(record.id)
    const stored = await vault.write(record.id, (backend) => operations.putThread(backend, record))
    tellThread(toThread(stored))
    return toThread(stored)
  }

  async function updateThread(id: ThreadId, patch: Patch<Thread>): Promise<Thread | null> {
    await initDB()
    const thread = await vault.write(id, (backend) => operations.patchThread(backend, id, patch))
    if (thread) tellThread(thread)
    return thread
  }

  async function deleteThread(id: ThreadId): Promise<Undo> {
    await initDB()
    const removed = await vault.write(id, (backend) => operations.removeThread(backend, id))
    hideThread(id)
    if (vault.isShared(id)) tabs.post({ kind: 'thread-changed', threadId: id, removed: true })
    return undoOf(removed ? [removed] : [])
  }

  async function deleteAllThreads(): Promise<Undo> {
    await initDB()
    const removed: Removed[] = []
    for (const { id } of threads.value) {
      const each = await vault.write(id, (backend) => operations.removeThread(backend, id))
      if (each) removed.push(each)
    }
    clearCurrentThread()
    threads.value = []
    tabs.post({ kind: 'threads-changed' })
    return undoOf(removed)
  }

  function undoOf(removed: Removed[]): Undo {
    const blobIds = removed.flatMap((each) => each.messages.flatMap((message) => message.blobIds))
    return createUndo(
      async () => {
        for (const each of removed) await putBack(each)
        if (removed.length > 1) tabs.post({ kind: 'threads-changed' })
        await interruptOrphans()
      },
      () => void blobs.sweep(blobIds),
    )
  }

  async function putBack(removed: Removed): Promise<void> {
    const { id } = removed.thread
    const thread = await vault.write(id, (backend) => operations.restore(backend, removed))
    if (!thread) return
    tellThread(thread)
    for (const { id: messageId } of removed.messages) {
      if (removed.whole || !vault.isShared(id)) break
      tabs.post({ kind: 'message-changed', threadId: id, messageId })
    }
    if (branch?.threadId === id) await reopen(thread.leafId)
  }

  // --- The current thread --------------------------------------------------------------------------------------------

  async function setCurrentThread(id: ThreadId): Promise<Thread | null> {
    const mine = ++opening
    isLoading.value = true
    try {
      await initDB()
      const thread = await getThread(id)
      if (!thread) return null
      const next = await openBranch(id)
      await next.show(thread.leafId)
      if (mine !== opening) return thread
      branch = next
      currentThread.value = thread
      showBranch()
      return thread
    } finally {
      if (mine === opening) isLoading.value = false
    }
  }

  async function openBranch(id: ThreadId): Promise<Branch> {
    const backend = vault.of(id)
    const nodes = await backend.run(['messages'], 'readonly', (unit) => unit.nodes(id))
    return new Branch(id, nodes, (ids) => operations.readMessages(vault.of(id), ids))
  }

  /** Reads the shape anew, as when something of it was missed. */
  async function reopen(leafId: MessageId | null, from?: MessageId): Promise<void> {
    const before = branch
    if (!before) return
    const next = await openBranch(before.threadId)
    await next.show(leafId, from)
    if (branch !== before) return
    branch = next
    showBranch()
  }

  async function setCurrentThreadFromRoute(id: ThreadId | null | undefined): Promise<Thread | null> {
    if (!id) {
      clearCurrentThread()
      return null
    }
    if (currentThread.value?.id === id) return currentThread.value
    const thread = await setCurrentThread(id)
    if (!thread) clearCurrentThread()
    return thread
  }

  function clearCurrentThread(): void {
    opening++
    isLoading.value = false
    branch = null
    currentThread.value = null
    showBranch()
  }

  async function loadEarlier(count = WINDOW): Promise<number> {
    const mine = branch
    const came = (await mine?.loadEarlier(count)) ?? 0
    if (mine === branch) showBranch()
    return came
  }

  // --- Messages ------------------------------------------------------------------------------------------------------

  async function addMessageToThread(threadId: ThreadId, draft: NewMessage, options?: AddOptions): Promise<Message> {
    await initDB()
    const changed = await vault.write(threadId, (backend) =>
      operations.addMessage(backend, threadId, draft, now(), options),
    )
    if (vault.isTemporary(threadId)) await blobs.takeIntoMemory(threadId)
    showMessage(changed.message, { select: changed.thread.leafId === changed.message.id })
    tell(changed)
    return changed.message
  }

  async function change(
    threadId: ThreadId,
    id: MessageId,
    patch: Parameters<typeof operations.patchMessage>[3],
    durable: boolean,
  ): Promise<Message | null> {
    await initDB()
    const changed = await vault.write(threadId, (backend) =>
      operations.patchMessage(backend, threadId, id, patch, now(), durable),
    )
    if (!changed) return null
    showMessage(changed.message, {})
    tell(changed)
    return changed.message
  }

  async function updateMessageUsage(threadId: ThreadId, idOrContent: string, usage: Usage): Promise<Message | null> {
    const byId = await change(threadId, idOrContent, { usage }, true)
    if (byId) return byId
    const named = (await allMessages(threadId)).findLast((each) => each.content === idOrContent)
    return named ? change(threadId, named.id, { usage }, true) : null
  }

  async function deleteMessage(threadId: ThreadId, id: MessageId): Promise<Undo> {
    await initDB()
    const removed = await vault.write(threadId, (backend) => operations.removeMessage(backend, threadId, id))
    if (!removed) return undoOf([])
    await forget(threadId, id)
    const thread = await getThread(threadId)
    if (thread) tellThread(thread)
    if (vault.isShared(threadId)) tabs.post({ kind: 'message-changed', threadId, messageId: id, removed: true })
    return undoOf([removed])
  }

  async function forget(threadId: ThreadId, id: MessageId): Promise<void> {
    const mine = branch
    if (mine?.threadId !== threadId) return
    if (mine.remove(id)) await mine.show(mine.leafId)
    if (mine === branch) showBranch()
  }

  async function treeOf(threadId: ThreadId): Promise<MessageTree> {
    if (branch?.threadId === threadId) return branch.tree
    await vault.ready()
    return new MessageTree(await vault.of(threadId).run(['messages'], 'readonly', (unit) => unit.nodes(threadId)))
  }

  async function selectBranch(threadId: ThreadId, id: MessageId): Promise<void> {
    await endBranchAt(threadId, (await treeOf(threadId)).newestLeaf(id), id)
  }

  async function endBranchAt(threadId: ThreadId, leafId: MessageId | null, from?: MessageId): Promise<void> {
    const mine = branch
    if (mine?.threadId === threadId) {
      await mine.show(leafId, from)
      if (mine === branch) showBranch()
    }
    await updateThread(threadId, { leafId })
  }

  async function path(threadId: ThreadId, id: MessageId): Promise<Message[]> {
    const ids = (await treeOf(threadId)).path(id)
    const mine = branch?.threadId === threadId ? branch : null
    const missing = ids.filter((each) => !mine?.body(each))
    const read = missing.length ? await operations.readMessages(vault.of(threadId), missing) : []
    const bodies = new Map(read.map((message) => [message.id, message]))
    return ids.flatMap((each) => bodies.get(each) ?? mine?.body(each) ?? [])
  }

  async function allMessages(threadId: ThreadId): Promise<Message[]> {
    await vault.ready()
    const records = await vault.of(threadId).run(['messages'], 'readonly', (unit) => unit.messages(threadId))
    return records.map(toMessage)
  }

  // --- Other tabs ----------------------------------------------------------------------------------------------------

  async function interruptOrphans(): Promise<void> {
    await vault.ready()
    for (const message of await operations.messagesByStatus(vault.main(), 'streaming')) {
      if (await runs.alive(message.id)) continue
      const interrupt = (now: Message) => (now.status === 'streaming' ? { status: 'interrupted' as const } : null)
      await change(message.threadId, message.id, interrupt, true)
    }
  }

  async function refresh(): Promise<void> {
    await initDB()
    await loadThreads()
    const shown = currentThread.value
    if (!shown) return
    const thread = threads.value.find((each) => each.id === shown.id)
    if (!thread) return clearCurrentThread()
    currentThread.value = thread
    await reopen(branch?.leafId ?? thread.leafId)
  }

  tabs.on('threads-changed', () => void refresh())
  tabs.on('thread-changed', async ({ threadId, removed }) => {
    if (!ready.value) return
    const thread = removed ? null : await getThread(threadId)
    if (thread) showThread(thread)
    else hideThread(threadId)
  })
  tabs.on('message-changed', async ({ threadId, messageId, removed }) => {
    if (branch?.threadId !== threadId) return
    if (removed) return forget(threadId, messageId)
    const [message] = await operations.readMessages(vault.of(threadId), [messageId])
    if (!message || branch?.threadId !== threadId) return
    const known = message.parentId === null || branch.tree.has(message.parentId)
    if (known) showMessage(message, { follow: true })
    else await reopen(branch.leafId)
  })

  return {
    ...requests,
    ready,
    threads,
    currentThread,
    messages,
    earlier,
    isLoading,
    groupedThreads,
    initDB,
    loadThreads,
    createThread,
    getThread,
    updateThread,
    deleteThread,
    deleteAllThreads,
    getAllThreadIds: async () => (await loadThreads()).map((thread) => thread.id),
    setCurrentThread,
    setCurrentThreadFromRoute,
    clearCurrentThread,
    loadEarlier,
    addMessageToThread,
    updateMessageInThread: (threadId, id, patch, { durable = true } = {}) => change(threadId, id, patch, durable),
    updateMessageContent: (threadId, id, content) => change(threadId, id, { content }, true),
    updateMessageUsage,
    deleteMessage,
    deleteMessageFromThread: deleteMessage,
    redoMessageFromThread: (threadId, id) => endBranchAt(threadId, id),
    message: (id) => branch?.body(id),
    siblings: (id) => branch?.siblings(id) ?? [],
    selectBranch,
    path,
    allMessages,
    interruptOrphans,
    refresh,
  }
}

let shared: ThreadStore | undefined

export function useThreadStore(): ThreadStore {
  if (!shared) {
    const store = createThreadStore({
      vault: useVault(),
      tabs: useTabs(),
      runs: useRuns(),
      blobs: useBlobs(),
      requests: useRequests(),
    })
    // A page that comes back from the cache of the browser has heard nothing of the other tabs.
    globalThis.addEventListener?.('pageshow', (event) => {
      if ((event as PageTransitionEvent).persisted) void store.refresh()
    })
    shared = store
  }
  return shared
}

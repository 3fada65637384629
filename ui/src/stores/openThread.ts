// The thread that this tab shows: opens it, follows what happens to its messages, and moves between its branches.
import { ref, shallowRef } from 'vue'
import type { Message, MessageId, Thread, ThreadId } from '@/domain'
import { Branch, WINDOW } from './branch'
import * as operations from './operations'
import type { ThreadList } from './threadList'
import { MessageTree } from './tree'
import type { Vault } from './vault'

export type OpenThread = ReturnType<typeof createOpenThread>

export function createOpenThread(vault: Vault, list: ThreadList) {
  const { currentThread } = list
  const messages = shallowRef<Message[]>([])
  const earlier = ref(0)
  const isLoading = ref(false)
  let branch: Branch | null = null
  let opening = 0
  let turn: Promise<unknown> = Promise.resolve()

  function show(): void {
    messages.value = branch?.messages() ?? []
    earlier.value = branch?.earlier ?? 0
  }

  async function openBranch(id: ThreadId): Promise<Branch> {
    const nodes = await vault.of(id).run(['messages'], 'readonly', (unit) => unit.nodes(id))
    return new Branch(id, nodes, (ids) => operations.readMessages(vault.of(id), ids))
  }

  async function setCurrentThread(id: ThreadId): Promise<Thread | null> {
    const mine = ++opening
    isLoading.value = true
    try {
      const thread = await list.get(id)
      if (!thread) return null
      const next = await openBranch(id)
      await next.show(thread.leafId)
      if (mine !== opening) return thread
      branch = next
      currentThread.value = thread
      show()
      return thread
    } finally {
      if (mine === opening) isLoading.value = false
    }
  }

  async function setCurrentThreadFromRoute(id: ThreadId | null | undefined): Promise<Thread | null> {
    if (id && currentThread.value?.id === id) return currentThread.value
    const thread = id ? await setCurrentThread(id) : null
    if (!thread) clearCurrentThread()
    return thread
  }

  function clearCurrentThread(): void {
    opening++
    isLoading.value = false
    branch = null
    currentThread.value = null
    show()
  }

  /** Changes of the branch happen one after the other: some must read first. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  /** Reads the shape anew, as when something of it was missed, and shows the branch that `choose` names. */
  async function reopen(choose: (next: Branch, before: Branch) => MessageId | null): Promise<void> {
    const before = branch
    if (!before) return
    const next = await openBranch(before.threadId)
    await next.show(choose(next, before))
    if (branch !== before) return
    branch = next
    show()
  }

  async function loadEarlier(count = WINDOW): Promise<number> {
    const mine = branch
    const came = (await mine?.loadEarlier(count)) ?? 0
    if (mine === branch) show()
    return came
  }

  /** Takes a message that was added or changed here or in another tab. */
  async function accept(message: Message, { select = false, follow = false } = {}): Promise<void> {
    if (branch?.threadId !== message.threadId) return
    if (message.parentId === null || branch.tree.has(message.parentId)) {
      if (branch.accept(message, { select, follow })) show()
      return
    }
    // It follows a message of another tab whose word is still on the way.
    await reopen((next, { leafId }) => {
      const follows = follow && (leafId === null || next.tree.isAncestor(leafId, message.id))
      return select || follows ? message.id : leafId
    })
  }

  /** Takes a message that another tab added or changed. */
  async function acceptById(threadId: ThreadId, id: MessageId): Promise<void> {
    if (branch?.threadId !== threadId) return
    const [message] = await operations.readMessages(vault.of(threadId), [id])
    if (message) await accept(message, { follow: true })
  }

  async function forget(threadId: ThreadId, id: MessageId): Promise<void> {
    const mine = branch
    if (mine?.threadId !== threadId) return
    if (mine.remove(id)) await mine.show(mine.leafId)
    if (mine === branch) show()
  }

  /** Shows the branch that ends here, loaded at least from `from` on. */
  async function endAt(threadId: ThreadId, leafId: MessageId | null, from?: MessageId): Promise<void> {
    const mine = branch
    if (mine?.threadId !== threadId) return
    await mine.show(leafId, from)
    if (mine === branch) show()
  }

  async function treeOf(threadId: ThreadId): Promise<MessageTree> {
    if (branch?.threadId === threadId) return branch.tree
    await vault.ready()
    return new MessageTree(await vault.of(threadId).run(['messages'], 'readonly', (unit) => unit.nodes(threadId)))
  }

  async function path(threadId: ThreadId, id: MessageId): Promise<Message[]> {
    const ids = (await treeOf(threadId)).path(id)
    const mine = branch?.threadId === threadId ? branch : null
    const missing = ids.filter((each) => !mine?.body(each))
    const read = missing.length ? await operations.readMessages(vault.of(threadId), missing) : []
    const bodies = new Map(read.map((message) => [message.id, message]))
    return ids.flatMap((each) => bodies.get(each) ?? mine?.body(each) ?? [])
  }

  return {
    messages,
    earlier,
    isLoading,
    setCurrentThread,
    setCurrentThreadFromRoute,
    clearCurrentThread,
    reopenAt: (leafId?: MessageId | null) =>
      inTurn(() => reopen((_next, before) => (leafId === undefined ? before.leafId : leafId))),
    loadEarlier,
    accept: (message: Message, select = false) => inTurn(() => accept(message, { select })),
    acceptById: (threadId: ThreadId, id: MessageId) => inTurn(() => acceptById(threadId, id)),
    forget: (threadId: ThreadId, id: MessageId) => inTurn(() => forget(threadId, id)),
    endAt: (threadId: ThreadId, leafId: MessageId | null, from?: MessageId) =>
      inTurn(() => endAt(threadId, leafId, from)),
    treeOf,
    path,
    shows: (threadId: ThreadId) => branch?.threadId === threadId,
    message: (id: MessageId) => branch?.body(id),
    siblings: (id: MessageId) => branch?.siblings(id) ?? [],
  }
}

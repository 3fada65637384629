// All threads as the list shows them, and the writes to a thread's own record.
import { computed, ref, shallowRef } from 'vue'
import type { Thread, ThreadId } from '@/domain'
import type { Backend } from './backend/backend'
import { toThread, type ThreadRecord } from './backend/records'
import { groupThreads } from './groups'
import { newId } from './ids'
import * as operations from './operations'
import type { Patch } from './plain'
import type { Tabs } from './tabs'
import type { Vault } from './vault'

export type ThreadList = ReturnType<typeof createThreadList>

export function createThreadList(vault: Vault, tabs: Tabs, now: () => number) {
  const ready = ref(false)
  const threads = shallowRef<Thread[]>([])
  const currentThread = shallowRef<Thread | null>(null)
  const groupedThreads = computed(() => groupThreads(threads.value, now()))

  function show(thread: Thread): void {
    const others = threads.value.filter((each) => each.id !== thread.id)
    const at = others.findIndex((each) => each.updatedAt <= thread.updatedAt)
    others.splice(at === -1 ? others.length : at, 0, thread)
    threads.value = others
    if (currentThread.value?.id === thread.id) currentThread.value = thread
  }

  /** Shows it here and tells the other tabs. */
  function tell(thread: Thread): void {
    show(thread)
    if (vault.isShared(thread.id)) tabs.post({ kind: 'thread-changed', threadId: thread.id })
  }

  function hide(id: ThreadId): void {
    threads.value = threads.value.filter((each) => each.id !== id)
  }

  async function load(): Promise<Thread[]> {
    await vault.ready()
    const read = (backend: Backend) => backend.run(['threads'], 'readonly', (unit) => unit.all('threads'))
    const [stored, held] = await Promise.all([read(vault.main()), read(vault.ram)])
    const byId = new Map([...stored, ...held].map((record) => [record.id, toThread(record)]))
    threads.value = [...byId.values()].sort((a, b) => b.updatedAt - a.updatedAt)
    return threads.value
  }

  async function get(id: ThreadId): Promise<Thread | null> {
    await vault.ready()
    const record = await vault.of(id).run(['threads'], 'readonly', (unit) => unit.get('threads', id))
    return record ? toThread(record) : null
  }

  async function create(partial: Patch<Thread>): Promise<Thread> {
    const record = newThread(partial, now())
    if (record.temporary) vault.addTemporary(record.id)
    const stored = await vault.write(record.id, (backend) => operations.putThread(backend, record))
    tell(toThread(stored))
    return toThread(stored)
  }

  async function update(id: ThreadId, patch: Patch<Thread>): Promise<Thread | null> {
    const thread = await vault.write(id, (backend) => operations.patchThread(backend, id, patch))
    if (thread) tell(thread)
    return thread
  }

  return { ready, threads, currentThread, groupedThreads, show, tell, hide, load, get, create, update }
}

function newThread(partial: Patch<Thread>, at: number): ThreadRecord {
  const given = partial as Partial<Thread>
  return {
    title: '',
    titleSource: given.title ? 'user' : 'auto',
    createdAt: at,
    updatedAt: at,
    pinned: false,
    model: '',
    systemPrompt: '',
    params: {},
    draft: '',
    ...given,
    id: given.id ?? newId(at),
    leafId: null,
    messageCount: 0,
    totalTokens: 0,
    totalCostUsd: 0,
    nextSeq: 0,
  }
}

// The rules of the store: what each change means for the records, in one transaction each. No state of its own.
// Several tabs may do this at once: places (`seq`) are given out and sums are kept inside the transaction.
import type { Message, MessageId, MessageStatus, Thread, ThreadId } from '@/domain'
import { MissingRecordError, type Backend, type Unit } from './backend/backend'
import {
  blobIdsOf,
  toMessage,
  toMessageRecord,
  toThread,
  type MessageRecord,
  type ThreadRecord,
} from './backend/records'
import { newId } from './ids'
import { applyPatch, plain, type Patch } from './plain'
import { shareOf } from './totals'
import { MessageTree } from './tree'

/** What a caller says of a new message; the rest has a default. */
export type NewMessage = Patch<Omit<Message, 'threadId' | 'seq' | 'revision'>> & Pick<Message, 'role'>

export interface AddOptions {
  /** Whether the branch of the new message is shown. Default: yes, but an answer of a comparison leaves its first one shown. */
  select?: boolean
}

export interface Changed {
  message: Message
  thread: Thread
  /** Whether the thread's own record was written too. */
  threadChanged: boolean
}

/** What a delete took away, enough to put it back. */
export interface Removed {
  thread: ThreadRecord
  /** Whether the thread itself went. */
  whole: boolean
  messages: MessageRecord[]
}

const TITLE_LENGTH = 80

/** The first line of a prompt, cut at a word. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]!.replace(/\s+/g, ' ').trim()
  if (line.length <= TITLE_LENGTH) return line
  const cut = line.slice(0, TITLE_LENGTH)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), TITLE_LENGTH / 2)).trimEnd()}…`
}

async function needThread(unit: Unit, id: ThreadId): Promise<ThreadRecord> {
  const thread = await unit.get('threads', id)
  if (!thread) throw new MissingRecordError(`no thread ${id}`)
  return thread
}

export async function putThread(backend: Backend, thread: ThreadRecord): Promise<ThreadRecord> {
  const record = plain(thread)
  await backend.run(['threads'], 'readwrite', (unit) => unit.put('threads', record))
  return record
}

/** Null where the thread is gone. Sums, places and dates of messages are not the caller's to set. */
export async function patchThread(backend: Backend, id: ThreadId, patch: Patch<Thread>): Promise<Thread | null> {
  // A draft is written again at the next key.
  const durability = Object.keys(patch).every((key) => key === 'draft') ? 'relaxed' : 'strict'
  const work = async (unit: Unit) => {
    const found = await unit.get('threads', id)
    if (!found) return null
    const next = { ...applyPatch(found, patch as Patch<ThreadRecord>), id: found.id, nextSeq: found.nextSeq }
    await unit.put('threads', next)
    return toThread(next)
  }
  return backend.run(['threads'], 'readwrite', work, { durability })
}

export async function addMessage(
  backend: Backend,
  threadId: ThreadId,
  draft: NewMessage,
  now: number,
  options: AddOptions = {},
): Promise<Changed> {
  return backend.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const thread = await needThread(unit, threadId)
    const repeated = draft.id === undefined ? undefined : await unit.get('messages', draft.id)
    // The same message told twice, as after a retry, is one message.
    if (repeated?.threadId === threadId)
      return { message: toMessage(repeated), thread: toThread(thread), threadChanged: false }
    const leaf = thread.leafId === null ? undefined : await unit.get('messages', thread.leafId)
    const wanted = draft.parentId === undefined ? (leaf?.id ?? null) : draft.parentId
    const parent = wanted === null ? undefined : await unit.get('messages', wanted)
    const id = draft.id === undefined || repeated ? newId(now) : draft.id
    const message: Message = plain({
      content: '',
      status: 'complete',
      attachments: [],
      createdAt: now,
      ...draft,
      id,
      threadId,
      seq: thread.nextSeq,
      parentId: parent?.id ?? null,
      revision: 1,
    } as Message)
    const select = options.select ?? !(message.compareId !== undefined && leaf?.compareId === message.compareId)
    const next = grown(thread, message, select, now)
    await unit.put('messages', toMessageRecord(message, parent?.seq ?? -1))
    await unit.put('threads', next)
    return { message, thread: toThread(next), threadChanged: true }
  })
}

function grown(thread: ThreadRecord, message: Message, select: boolean, now: number): ThreadRecord {
  const share = shareOf(message)
  const first = thread.messageCount === 0 && message.role === 'user' && thread.titleSource === 'auto'
  return {
    ...thread,
    title: (first && titleOf(message.content)) || thread.title,
    nextSeq: thread.nextSeq + 1,
    leafId: select || thread.leafId === null ? message.id : thread.leafId,
    messageCount: thread.messageCount + 1,
    totalTokens: thread.totalTokens + share.tokens,
    totalCostUsd: thread.totalCostUsd + share.costUsd,
    updatedAt: now,
  }
}

/** `patch` may look at the message as it is now. Null where it is gone. */
export async function patchMessage(
  backend: Backend,
  threadId: ThreadId,
  id: MessageId,
  patch: Patch<Message> | ((message: Message) => Patch<Message> | null),
  now: number,
  durable = true,
): Promise<Changed | null> {
  const work = async (unit: Unit) => {
    const found = await unit.get('messages', id)
    const thread = await unit.get('threads', threadId)
    if (!found || found.threadId !== threadId || !thread) return null
    const before = toMessage(found)
    const change = typeof patch === 'function' ? patch(before) : patch
    if (!change) return { message: before, thread: toThread(thread), threadChanged: false }
    const message: Message = {
      ...applyPatch(before, change),
      // Its place in the tree is for good.
      id,
      threadId,
      seq: found.seq,
      parentId: found.parentId,
      revision: (found.revision ?? 0) + 1,
    }
    await unit.put('messages', { ...message, parentSeq: found.parentSeq, blobIds: blobIdsOf(message) })
    const next = resummed(thread, before, message, now)
    if (next !== thread) await unit.put('threads', next)
    return { message, thread: toThread(next), threadChanged: next !== thread }
  }
  return backend.run(['threads', 'messages'], 'readwrite', work, { durability: durable ? 'strict' : 'relaxed' })
}

function resummed(thread: ThreadRecord, before: Message, after: Message, now: number): ThreadRecord {
  const [old, fresh] = [shareOf(before), shareOf(after)]
  const finished = before.status === 'streaming' && after.status !== 'streaming'
  if (old.tokens === fresh.tokens && old.costUsd === fresh.costUsd && !finished) return thread
  return {
    ...thread,
    totalTokens: thread.totalTokens + fresh.tokens - old.tokens,
    totalCostUsd: thread.totalCostUsd + fresh.costUsd - old.costUsd,
    updatedAt: finished ? now : thread.updatedAt,
  }
}

/** Removes a message with all that follows it. Null where it is gone already. */
export async function removeMessage(backend: Backend, threadId: ThreadId, id: MessageId): Promise<Removed | null> {
  return backend.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const thread = await unit.get('threads', threadId)
    const tree = new MessageTree(await unit.nodes(threadId))
    if (!thread || !tree.has(id)) return null
    const shown = thread.leafId
    const leafId = shown !== null && tree.isAncestor(id, shown) ? tree.successor(id) : shown
    const found = await Promise.all(tree.subtree(id).map((each) => unit.get('messages', each)))
    const messages = found.filter((message) => message !== undefined)
    await Promise.all(messages.map((message) => unit.deleteMessage(message)))
    await unit.put('threads', { ...withShares(thread, messages, -1), leafId })
    return { thread, whole: false, messages }
  })
}

export async function removeThread(backend: Backend, id: ThreadId): Promise<Removed | null> {
  return backend.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const thread = await unit.get('threads', id)
    if (!thread) return null
    const messages = await unit.messages(id)
    await Promise.all(messages.map((message) => unit.deleteMessage(message)))
    await unit.delete('threads', id)
    return { thread, whole: true, messages }
  })
}

export async function removeAllThreads(backend: Backend): Promise<Removed[]> {
  return backend.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const threads = await unit.all('threads')
    const byThread = new Map(
      threads.map((thread): [ThreadId, Removed] => [thread.id, { thread, whole: true, messages: [] }]),
    )
    for (const message of await unit.all('messages')) byThread.get(message.threadId)?.messages.push(message)
    await unit.clear('messages')
    await unit.clear('threads')
    return [...byThread.values()]
  })
}

/** Puts back what a delete took; what was written to the thread meanwhile stays. */
export async function restore(backend: Backend, removed: Removed): Promise<Thread | null> {
  return backend.run(['threads', 'messages'], 'readwrite', async (unit) => {
    const present = await unit.get('threads', removed.thread.id)
    if (!present && !removed.whole) return null
    await Promise.all(removed.messages.map((message) => unit.put('messages', message)))
    const next =
      removed.whole || !present
        ? removed.thread
        : { ...withShares(present, removed.messages, 1), leafId: removed.thread.leafId }
    await unit.put('threads', next)
    return toThread(next)
  })
}

function withShares(thread: ThreadRecord, messages: Message[], sign: 1 | -1): ThreadRecord {
  const shares = messages.map(shareOf)
  return {
    ...thread,
    messageCount: thread.messageCount + sign * messages.length,
    totalTokens: thread.totalTokens + sign * shares.reduce((sum, share) => sum + share.tokens, 0),
    totalCostUsd: thread.totalCostUsd + sign * shares.reduce((sum, share) => sum + share.costUsd, 0),
  }
}

/** The bodies of the given messages in the given order; those that are gone are left out. */
export async function readMessages(backend: Backend, ids: readonly MessageId[]): Promise<Message[]> {
  return backend.run(['messages'], 'readonly', async (unit) => {
    const found = await Promise.all(ids.map((id) => unit.get('messages', id)))
    return found.filter((record) => record !== undefined).map(toMessage)
  })
}

export async function messagesByStatus(backend: Backend, status: MessageStatus): Promise<Message[]> {
  const records = await backend.run(['messages'], 'readonly', (unit) => unit.messagesByStatus(status))
  return records.map(toMessage)
}

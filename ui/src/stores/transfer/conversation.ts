// A whole thread on its way into the database, from another version or another product: one shape for all of them.
import type { Message, MessageId, Thread } from '@/domain'
import { newId } from '@/stores/ids'
import { MessageTree } from '@/stores/tree'
import { shareOf } from '@/stores/totals'
import { toMessageRecord, type BlobRecord, type MessageRecord, type ThreadRecord } from '@/stores/backend/records'

export interface Conversation {
  thread: ThreadRecord
  messages: MessageRecord[]
  blobs: BlobRecord[]
}

/** A message before it has its place; `parentId` names another one of the same list. */
export type LooseMessage = Partial<Omit<Message, 'seq' | 'threadId'>> & Pick<Message, 'id' | 'parentId' | 'role'>

export type LooseThread = Partial<Omit<Thread, 'leafId'>> & Pick<Thread, 'id' | 'title'>

/**
 * Gives every message its place: parents before children, a missing parent means a first message, a repeated id is left out.
 * `leafId` names the branch that is shown; without it the one with the newest message.
 */
export function buildConversation(
  thread: LooseThread,
  loose: LooseMessage[],
  blobs: BlobRecord[],
  leafId?: MessageId | null,
): Conversation {
  const ordered = parentsFirst(loose)
  const seqById = new Map(ordered.map((message, seq) => [message.id, seq]))
  const startedAt = thread.createdAt ?? ordered.find((message) => message.createdAt)?.createdAt ?? Date.now()
  const messages = ordered.map((message, seq) => {
    const parentSeq = message.parentId === null ? -1 : (seqById.get(message.parentId) ?? -1)
    const whole: Message = {
      content: '',
      status: 'complete',
      attachments: [],
      createdAt: startedAt,
      ...message,
      parentId: parentSeq < 0 ? null : message.parentId,
      seq,
      threadId: thread.id,
    }
    return toMessageRecord(whole, parentSeq)
  })
  const tree = new MessageTree(messages)
  const shown = leafId && tree.has(leafId) ? tree.newestLeaf(leafId) : tree.newestLeaf(null)
  return { thread: buildThread(thread, messages, startedAt, shown), messages, blobs }
}

function buildThread(
  thread: LooseThread,
  messages: MessageRecord[],
  startedAt: number,
  leafId: MessageId | null,
): ThreadRecord {
  const shares = messages.map(shareOf)
  return {
    titleSource: 'import',
    createdAt: startedAt,
    updatedAt: Math.max(startedAt, ...messages.slice(-1).map((message) => message.createdAt)),
    pinned: false,
    model: messages.findLast((message) => message.model)?.model ?? '',
    systemPrompt: '',
    params: {},
    draft: '',
    ...thread,
    leafId,
    messageCount: messages.length,
    totalTokens: shares.reduce((sum, share) => sum + share.tokens, 0),
    totalCostUsd: shares.reduce((sum, share) => sum + share.costUsd, 0),
    nextSeq: messages.length,
  }
}

/** Gives new ids to messages whose id is taken elsewhere, with all that refers to them. */
export function withFreshMessageIds(conversation: Conversation, taken: (id: MessageId) => boolean): Conversation {
  const renamed = new Map<MessageId, MessageId>()
  for (const { id, createdAt } of conversation.messages) if (taken(id)) renamed.set(id, newId(createdAt))
  if (renamed.size === 0) return conversation
  const rename = <T extends MessageId | null>(id: T) => (id === null ? id : ((renamed.get(id) as T) ?? id))
  return {
    ...conversation,
    thread: { ...conversation.thread, leafId: rename(conversation.thread.leafId) },
    messages: conversation.messages.map((each) => ({ ...each, id: rename(each.id), parentId: rename(each.parentId) })),
  }
}

/** Keeps the given order as far as parents allow; members of a circle come out as first messages. */
function parentsFirst(loose: LooseMessage[]): LooseMessage[] {
  const byId = new Map<MessageId, LooseMessage>()
  for (const message of loose) if (!byId.has(message.id)) byId.set(message.id, message)
  const placed = new Set<MessageId>()
  const ordered: LooseMessage[] = []
  for (const message of byId.values()) {
    const chain: LooseMessage[] = []
    const seen = new Set<MessageId>()
    for (let each: LooseMessage | undefined = message; each && !placed.has(each.id) && !seen.has(each.id);) {
      chain.push(each)
      seen.add(each.id)
      each = each.parentId === null ? undefined : byId.get(each.parentId)
    }
    for (const each of chain.reverse()) {
      placed.add(each.id)
      ordered.push(each)
    }
  }
  return ordered
}

/** The bytes of a `data:` address, or null where the text is none. */
export function decodeDataUrl(url: string): { type: string; bytes: Uint8Array<ArrayBuffer> } | null {
  const found = /^data:([^,;]*)((?:;[^,;]*)*),/.exec(url)
  if (!found) return null
  const type = found[1] || 'text/plain'
  const body = url.slice(found[0].length)
  try {
    const text = /;base64$/i.test(found[2]!) ? atob(body.replace(/\s/g, '')) : latin1(decodeURIComponent(body))
    return { type, bytes: Uint8Array.from(text, (char) => char.charCodeAt(0)) }
  } catch {
    return null
  }
}

function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

export function blobRecord(bytes: Uint8Array<ArrayBuffer>, type: string, name: string, createdAt: number): BlobRecord {
  return { id: newId(), blob: new Blob([bytes], { type }), name, type, size: bytes.length, createdAt }
}

/** Milliseconds since the epoch of an ISO date, of seconds, or of milliseconds. */
export function toMillis(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Date.parse(value)
    return toMillis(parsed)
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined
  if (value > 1e17) return Math.round(value / 1e6) // nanoseconds
  return Math.round(value < 1e11 ? value * 1000 : value)
}

// Threads and requests as the ancestor kept them (database versions 1 to 3, and its export "llmspy" 1.0): whole threads in
// one record, a message's content a text or a list of parts with data addresses, times in ISO 8601, requests in seconds.
import type { Message, RequestLog, Thread, ToolCall } from '@/domain'
import type { Usage } from '@/api/wire'
import { newId } from '@/stores/ids'
import type { BlobRecord } from '@/stores/backend/records'
import { buildConversation, toMillis, type Conversation, type LooseMessage } from './conversation'
import { attachDataUrl, readContent } from './parts'
import { foundOrEmpty, isObject, objects, readEach, type Found } from './source'

export interface AncestorMessage {
  id?: string | number
  timestamp?: string
  role?: string
  content?: unknown
  reasoning?: unknown
  reasoning_content?: unknown
  tool_calls?: { id?: string; function?: { name?: string; arguments?: string } }[]
  images?: { image_url?: { url?: string } }[]
  audio?: { data?: string; transcript?: string }
  usage?: { tokens?: number; price?: unknown; duration?: number }
  model?: string
}

export interface AncestorThread {
  id: string | number
  title?: string
  model?: string
  systemPrompt?: string
  createdAt?: unknown
  updatedAt?: unknown
  messages?: AncestorMessage[]
  stats?: { inputTokens?: number; outputTokens?: number; cost?: number }
}

export interface AncestorRequest {
  id: string | number
  threadId?: string | number
  model?: string
  provider?: string
  inputTokens?: number
  outputTokens?: number
  inputCachedTokens?: number
  cost?: number
  duration?: number
  created?: number
}

/** A chain of messages: the ancestor knew no branches. System messages become the thread's system prompt. */
export function fromAncestorThread(record: AncestorThread): Conversation {
  const createdAt = toMillis(record.createdAt) ?? toMillis(record.id) ?? Date.now()
  const blobs: BlobRecord[] = []
  const messages: LooseMessage[] = []
  const system = [record.systemPrompt ?? '']
  for (const each of objects(record.messages) as AncestorMessage[]) {
    if (each.role === 'system') system.push(readContent(each.content, createdAt).text)
    else messages.push(readMessage(each, messages.at(-1)?.id ?? null, createdAt, blobs))
  }
  const stats = record.stats
  const built = buildConversation(
    {
      id: String(record.id),
      title: record.title || 'New Chat',
      createdAt,
      updatedAt: toMillis(record.updatedAt) ?? createdAt,
      model: record.model ?? '',
      systemPrompt: system.filter(Boolean).join('\n\n'),
    },
    messages,
    blobs,
  )
  if (stats) {
    // Its messages do not tell their price; the sums of its request log do.
    built.thread.totalTokens = (stats.inputTokens ?? 0) + (stats.outputTokens ?? 0)
    built.thread.totalCostUsd = stats.cost ?? 0
  }
  return built
}

function readMessage(
  source: AncestorMessage,
  parentId: string | null,
  threadAt: number,
  blobs: BlobRecord[],
): LooseMessage {
  const createdAt = toMillis(source.timestamp) ?? threadAt
  const content = readContent(source.content, createdAt)
  blobs.push(...content.blobs)
  const message: LooseMessage = {
    id: source.id === undefined ? newId(createdAt) : String(source.id),
    parentId,
    role: source.role === 'assistant' ? 'assistant' : 'user',
    content: content.text,
    attachments: content.attachments,
    createdAt,
  }
  if (message.role === 'assistant') Object.assign(message, readAnswer(source, createdAt, blobs))
  return message
}

function readAnswer(source: AncestorMessage, createdAt: number, blobs: BlobRecord[]): Partial<Message> {
  const answer: Partial<Message> = {}
  const reasoning = source.reasoning ?? source.reasoning_content
  if (reasoning) answer.reasoning = typeof reasoning === 'string' ? reasoning : JSON.stringify(reasoning, null, 2)
  if (source.model) answer.model = source.model
  if (source.tool_calls?.length) answer.toolCalls = source.tool_calls.map(readToolCall)
  const tokens = source.usage?.tokens
  if (tokens !== undefined) answer.usage = { completion_tokens: tokens } satisfies Usage
  if (source.usage?.duration) answer.metrics = { startedAt: createdAt, durationMs: source.usage.duration }
  const images = (source.images ?? []).map((image, i) =>
    attachDataUrl(image.image_url?.url ?? '', undefined, i + 1, createdAt),
  )
  const kept = images.filter((image) => image !== null)
  blobs.push(...kept.map((image) => image.blob))
  if (kept.length) answer.images = kept.map((image) => image.blob.id)
  return answer
}

function readToolCall(call: NonNullable<AncestorMessage['tool_calls']>[number], index: number): ToolCall {
  return { index, id: call.id ?? '', name: call.function?.name ?? '', arguments: call.function?.arguments ?? '' }
}

export function fromAncestorRequest(record: AncestorRequest): RequestLog {
  return {
    id: String(record.id),
    threadId: String(record.threadId ?? ''),
    messageId: '',
    at: toMillis(record.created) ?? 0,
    model: record.model ?? '',
    provider: record.provider ?? '',
    promptTokens: record.inputTokens ?? 0,
    completionTokens: record.outputTokens ?? 0,
    cachedTokens: record.inputCachedTokens ?? 0,
    reasoningTokens: 0,
    estimated: false,
    costUsd: record.cost ?? 0,
    durationMs: record.duration ?? 0,
    outcome: 'complete',
  }
}

export function isAncestor(value: unknown): boolean {
  return isObject(value) && Array.isArray(value['threads']) && (value['source'] === 'llmspy' || 'exportedAt' in value)
}

export function readAncestor(value: unknown): Found[] {
  const threads = isObject(value) ? objects(value['threads']) : []
  return readEach(
    threads,
    (thread) => String(thread['id']),
    (thread) => foundOrEmpty(fromAncestorThread(thread as unknown as AncestorThread), []),
  )
}

export interface AncestorExport {
  exportedAt: string
  version: '1.0'
  source: 'llmspy'
  threadCount: number
  threads: AncestorThread[]
}

/** A thread as the ancestor reads it: one branch, files as data addresses within the content. */
export function toAncestorThread(thread: Thread, branch: Message[], dataUrls: Map<string, string>): AncestorThread {
  const iso = (at: number) => new Date(at).toISOString()
  return {
    id: thread.id,
    title: thread.title,
    model: thread.model,
    systemPrompt: thread.systemPrompt,
    createdAt: iso(thread.createdAt),
    updatedAt: iso(thread.updatedAt),
    messages: branch.map((message) => ({
      id: message.id,
      timestamp: iso(message.createdAt),
      role: message.role,
      content: contentOf(message, dataUrls),
      ...(message.reasoning ? { reasoning: message.reasoning } : {}),
      ...(message.usage?.completion_tokens === undefined ? {} : { usage: { tokens: message.usage.completion_tokens } }),
    })),
  }
}

function contentOf(message: Message, dataUrls: Map<string, string>): unknown {
  const files = message.attachments.flatMap(({ blobId, name, kind }) => {
    const url = dataUrls.get(blobId)
    if (url === undefined) return []
    return kind === 'image'
      ? { type: 'image_url', image_url: { url } }
      : { type: 'file', file: { filename: name, file_data: url } }
  })
  return files.length ? [{ type: 'text', text: message.content }, ...files] : message.content
}

// The export of llama.cpp's own UI: `{conv, messages}` or a list of them as JSON, or JSON Lines with a `session` line before
// the `message` lines of each conversation. A tree by `parent` under a hidden `root`; times in milliseconds.
import type { Attachment } from '@/domain'
import type { BlobRecord } from '@/stores/backend/records'
import { blobRecord, buildConversation, toMillis } from './conversation'
import { foldNodes, type SourceNode } from './fold'
import { attachmentOf } from '@/stores/attachments'
import { attachDataUrl, splitThinking } from './parts'
import { derivedId, foundOrEmpty, isObject, objects, readEach, text, type Found, type Json, type Loss } from './source'

function isSession(entry: Json): boolean {
  return isObject(entry['conv']) && Array.isArray(entry['messages'])
}

export function isLlamaCpp(value: unknown): boolean {
  const entries = objects(Array.isArray(value) ? value : [value])
  return entries.length > 0 && entries.every(isSession)
}

export function readLlamaCpp(value: unknown): Found[] {
  return readEach(objects(Array.isArray(value) ? value : [value]), idOf, readSession)
}

/** The sessions of JSON Lines, or null where the lines are something else. */
export function sessionsOfLines(source: string): Json[] | null {
  const sessions: { conv: Json; messages: unknown[] }[] = []
  for (const line of source.split('\n')) {
    if (!line.trim()) continue
    const record: unknown = JSON.parse(line)
    if (!isObject(record)) return null
    if (record['type'] === 'session') sessions.push({ conv: record, messages: [] })
    else if (record['type'] === 'message' && sessions.length) sessions.at(-1)!.messages.push(record['message'])
    else if (!sessions.length) return null
  }
  return sessions.length ? (sessions as unknown as Json[]) : null
}

function idOf(entry: Json): string {
  const conv = isObject(entry['conv']) ? entry['conv'] : {}
  return text(conv['id']) || derivedId('llama-cpp', conv['name'], conv['lastModified'])
}

function readSession(entry: Json): Found {
  const conv = entry['conv'] as Json
  const id = idOf(entry)
  const title = text(conv['name'])
  const losses: Loss[] = []
  const blobs: BlobRecord[] = []
  const system: string[] = []
  const lose = (kind: Loss['kind'], name: string) => losses.push({ threadId: id, title, kind, name })
  const nodes = objects(entry['messages']).map((message) => readNode(message, system, blobs, lose))
  const folded = foldNodes(nodes)
  const updatedAt = toMillis(conv['lastModified'])
  const conversation = buildConversation(
    {
      id,
      title,
      pinned: conv['pinned'] === true,
      systemPrompt: system.join('\n\n'),
      ...(updatedAt === undefined ? {} : { updatedAt }),
    },
    folded.messages,
    blobs,
    folded.messageOf(text(conv['currNode'])),
  )
  return foundOrEmpty(conversation, losses)
}

function readNode(
  source: Json,
  system: string[],
  blobs: BlobRecord[],
  lose: (kind: Loss['kind'], name: string) => void,
): SourceNode {
  const createdAt = toMillis(source['timestamp'])
  // Formerly ids were numbers.
  const key = (value: unknown) => (typeof value === 'number' ? String(value) : text(value))
  const base = { id: key(source['id']), parentId: key(source['parent']) || null, ...(createdAt ? { createdAt } : {}) }
  const role = text(source['role'])
  const content = text(source['content'])
  if (role === 'system') {
    if (content.trim()) system.push(content.trim())
    return { ...base, role: 'skip' }
  }
  const attachments = objects(source['extra']).flatMap((extra) => readExtra(extra, createdAt ?? 0, blobs, lose))
  if (role === 'tool')
    return {
      ...base,
      role: 'tool',
      result: { callId: text(source['toolCallId']), name: '', text: content },
      attachments,
    }
  if (role === 'user') return { ...base, role: 'user', content, attachments }
  return { ...base, role: 'assistant', attachments, ...readAnswer(source, content, createdAt ?? 0) }
}

function readAnswer(source: Json, content: string, createdAt: number): Partial<SourceNode> {
  const split = splitThinking(content)
  const reasoning = text(source['reasoningContent']) || text(source['thinking']) || split.reasoning
  const rest: NonNullable<SourceNode['rest']> = {}
  if (text(source['model'])) rest.model = text(source['model'])
  const timings = isObject(source['timings']) ? source['timings'] : {}
  const number = (key: string) => (typeof timings[key] === 'number' ? timings[key] : undefined)
  const [tokens, ms] = [number('predicted_n'), number('predicted_ms')]
  if (tokens !== undefined)
    rest.usage = { prompt_tokens: (number('prompt_n') ?? 0) + (number('cache_n') ?? 0), completion_tokens: tokens }
  if (ms !== undefined) {
    const ttftMs = number('prompt_ms')
    rest.metrics = {
      startedAt: createdAt,
      durationMs: ms + (ttftMs ?? 0),
      ...(ttftMs === undefined ? {} : { ttftMs }),
      ...(tokens === undefined || ms === 0 ? {} : { tokens, tokensPerSecond: (tokens / ms) * 1000 }),
    }
  }
  return { content: split.content, rest, toolCalls: callsOf(source['toolCalls']), ...(reasoning ? { reasoning } : {}) }
}

function callsOf(value: unknown): NonNullable<SourceNode['toolCalls']> {
  const calls: unknown = typeof value === 'string' && value ? JSON.parse(value) : value
  return objects(calls).map((call) => {
    const called = isObject(call['function']) ? call['function'] : {}
    return { id: text(call['id']), name: text(called['name']), arguments: text(called['arguments']) }
  })
}

/** Attachments: images as data addresses, sounds, videos and PDF as base64, the others as text. */
function readExtra(
  extra: Json,
  at: number,
  blobs: BlobRecord[],
  lose: (kind: Loss['kind'], name: string) => void,
): Attachment[] {
  const name = text(extra['name']) || 'file'
  const base64 = text(extra['base64Data'])
  const type =
    text(extra['mimeType']) || (/^pdf/i.test(text(extra['type'])) ? 'application/pdf' : 'application/octet-stream')
  const url = text(extra['base64Url']) || (base64 && `data:${type};base64,${base64}`)
  const attached = attachDataUrl(url, name, 1, at)
  const words = text(extra['content'])
  if (!attached && !words) {
    lose('file', name)
    return []
  }
  const blob = attached?.blob ?? blobRecord(new TextEncoder().encode(words), 'text/plain', name, at)
  blobs.push(blob)
  return [attachmentOf(blob)]
}

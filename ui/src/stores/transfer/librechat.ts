// LibreChat's export of one conversation: `messages` flat with `parentMessageId`, or `messagesTree`/`messages` nested by
// `children` when `recursive`. Text is in `text`, or in `content` as parts; times in ISO 8601.
import type { ChatParams, ToolCall } from '@/domain'
import { buildConversation, toMillis, type LooseMessage } from './conversation'
import { splitThinking } from './parts'
import { derivedId, foundOrEmpty, isObject, objects, readEach, text, type Found, type Json, type Loss } from './source'

function messagesOf(entry: Json): Json[] | null {
  const list = entry['messagesTree'] ?? entry['messages']
  // Without `branches`, a single message may come by itself.
  if (isObject(list)) return [list]
  return Array.isArray(list) ? objects(list) : null
}

function isConversation(entry: Json): boolean {
  const messages = messagesOf(entry)
  return 'conversationId' in entry && messages !== null && messages.every((message) => 'messageId' in message)
}

export function isLibreChat(value: unknown): boolean {
  const entries = objects(Array.isArray(value) ? value : [value])
  return entries.length > 0 && entries.every(isConversation)
}

export function readLibreChat(value: unknown): Found[] {
  return readEach(objects(Array.isArray(value) ? value : [value]), idOf, readConversation)
}

function idOf(entry: Json): string {
  return text(entry['conversationId']) || derivedId('librechat', entry['title'], messagesOf(entry)?.[0]?.['messageId'])
}

function readConversation(entry: Json): Found {
  const id = idOf(entry)
  const title = text(entry['title'])
  const losses: Loss[] = []
  const options = isObject(entry['options']) ? entry['options'] : {}
  const flat = flatten(messagesOf(entry) ?? [], null)
  const messages = flat.map(([source, parentId]) =>
    readMessage(source, parentId, (kind, name) => losses.push({ threadId: id, title, kind, name })),
  )
  const times = messages.flatMap((message) => message.createdAt ?? [])
  const conversation = buildConversation(
    {
      id,
      title,
      model: text(options['model']),
      systemPrompt: text(options['promptPrefix']) || text(options['system']),
      params: paramsOf(options),
      ...(times.length ? { createdAt: Math.min(...times), updatedAt: Math.max(...times) } : {}),
    },
    messages,
    [],
  )
  return foundOrEmpty(conversation, losses)
}

const NUMBERS = ['temperature', 'top_p', 'frequency_penalty', 'presence_penalty'] as const

function paramsOf(options: Json): ChatParams {
  const params: ChatParams = {}
  for (const key of NUMBERS) if (typeof options[key] === 'number') params[key] = options[key]
  return params
}

/** Every message with its parent; nesting wins over what `parentMessageId` says. */
function flatten(messages: Json[], parentId: string | null): [Json, string | null][] {
  const flat: [Json, string | null][] = []
  const waiting = messages.map((message): [Json, string | null] => [message, parentId])
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [message, nestedIn] = next
    flat.push([message, nestedIn ?? text(message['parentMessageId'])])
    for (const child of objects(message['children'])) waiting.push([child, text(message['messageId'])])
  }
  return flat
}

function readMessage(
  source: Json,
  parentId: string | null,
  lose: (kind: Loss['kind'], name: string) => void,
): LooseMessage {
  const createdAt = toMillis(source['createdAt'])
  const role = source['isCreatedByUser'] === true ? 'user' : 'assistant'
  const message: LooseMessage = {
    id: text(source['messageId']),
    // The first one follows the id of zeros, which is no message.
    parentId,
    role,
    ...(createdAt === undefined ? {} : { createdAt }),
  }
  // Newer messages have parts, and at times the same text beside them.
  const parts = objects(source['content'])
  if (parts.every((part) => part['type'] !== 'text'))
    Object.assign(message, role === 'user' ? { content: text(source['text']) } : splitThinking(text(source['text'])))
  for (const part of parts) readPart(part, message, lose)
  for (const file of objects(source['files'])) lose('file', text(file['filename']) || text(file['file_id']))
  if (role === 'assistant') {
    if (text(source['model'])) message.model = text(source['model'])
    if (text(source['finish_reason'])) message.finishReason = text(source['finish_reason'])
    if (typeof source['tokenCount'] === 'number') message.usage = { completion_tokens: source['tokenCount'] }
    if (source['unfinished'] === true) message.status = 'interrupted'
    if (source['error'] === true && !message.error) markError(message)
  }
  return message
}

function markError(message: LooseMessage): void {
  const at = message.createdAt ?? 0
  message.error = { code: 'imported', status: 0, message: message.content ?? '', action: 'retry', at }
  message.status = 'error'
  message.content = ''
}

function readPart(part: Json, message: LooseMessage, lose: (kind: Loss['kind'], name: string) => void): void {
  const type = text(part['type'])
  const valueOf = (value: unknown) => text(value) || (isObject(value) ? text(value['value']) : '')
  const joined = (a: string | undefined, b: string) => (a ? `${a}\n\n${b}` : b)
  if (type === 'text') message.content = joined(message.content, valueOf(part['text']))
  else if (type === 'think') message.reasoning = joined(message.reasoning, valueOf(part['think']))
  else if (type === 'tool_call' && isObject(part['tool_call'])) addCall(message, part['tool_call'])
  else if (type === 'error') {
    message.content = joined(message.content, valueOf(part['text']) || text(part['error']))
    markError(message)
  } else if (type === 'image_file' && isObject(part['image_file'])) lose('file', text(part['image_file']['filename']))
  else lose('part', type)
}

function addCall(message: LooseMessage, source: Json): void {
  const inner = isObject(source['function']) ? source['function'] : source
  const calls = message.toolCalls ?? []
  const given = inner['args'] ?? inner['arguments']
  const call: ToolCall = {
    index: calls.length,
    id: text(source['id']),
    name: text(inner['name']) || text(source['type']),
    arguments: typeof given === 'string' ? given : given === undefined ? '' : JSON.stringify(given),
  }
  if (text(inner['output'])) call.result = text(inner['output'])
  message.toolCalls = [...calls, call]
}

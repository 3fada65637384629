// Open WebUI's export of chats: a list of rows, each with `chat.history.messages` by id (`parentId`, times in seconds) and
// `currentId`. Reasoning and calls of tools are in `output` as items of the Responses API, or as `<details>` in the text.
import type { ChatParams, ToolCall } from '@/domain'
import type { Usage } from '@/api/wire'
import type { BlobRecord } from '@/stores/backend/records'
import { buildConversation, toMillis, type LooseMessage } from './conversation'
import { attachDataUrl, splitThinking } from './parts'
import { derivedId, foundOrEmpty, isObject, objects, readEach, text, type Found, type Json, type Loss } from './source'

function chatOf(entry: Json): Json {
  return isObject(entry['chat']) ? entry['chat'] : entry
}

function historyOf(entry: Json): Json | null {
  const history = chatOf(entry)['history']
  return isObject(history) && isObject(history['messages']) ? history : null
}

export function isOpenWebui(value: unknown): boolean {
  return objects(Array.isArray(value) ? value : [value]).some((entry) => historyOf(entry) !== null)
}

export function readOpenWebui(value: unknown): Found[] {
  return readEach(objects(Array.isArray(value) ? value : [value]), idOf, readChat)
}

function idOf(entry: Json): string {
  const chat = chatOf(entry)
  return text(entry['id']) || text(chat['id']) || derivedId('open-webui', chat['title'], chat['timestamp'])
}

function readChat(entry: Json): Found {
  const chat = chatOf(entry)
  const history = historyOf(entry)
  if (!history) throw new TypeError('no history')
  const id = idOf(entry)
  const title = text(entry['title']) || text(chat['title'])
  const losses: Loss[] = []
  const blobs: BlobRecord[] = []
  const messages = Object.entries(history['messages'] as Json).flatMap(([messageId, message]) =>
    isObject(message)
      ? readMessage(messageId, message, blobs, (name) => losses.push({ threadId: id, title, kind: 'file', name }))
      : [],
  )
  const createdAt = toMillis(entry['created_at'] ?? chat['timestamp'])
  const updatedAt = toMillis(entry['updated_at']) ?? createdAt
  const params = isObject(chat['params']) ? chat['params'] : {}
  const models = Array.isArray(chat['models']) ? chat['models'] : []
  const conversation = buildConversation(
    {
      id,
      title,
      pinned: entry['pinned'] === true,
      model: text(models[0]),
      systemPrompt: text(params['system']) || text(chat['system']),
      params: paramsOf(params),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(updatedAt === undefined ? {} : { updatedAt }),
    },
    messages,
    blobs,
    text(history['currentId']) || null,
  )
  return foundOrEmpty(conversation, losses)
}

const NUMBERS = ['temperature', 'top_p', 'seed', 'frequency_penalty', 'presence_penalty'] as const

function paramsOf(source: Json): ChatParams {
  const params: ChatParams = {}
  for (const key of NUMBERS) if (typeof source[key] === 'number') params[key] = source[key]
  if (typeof source['max_tokens'] === 'number') params.max_completion_tokens = source['max_tokens']
  return params
}

function readMessage(id: string, source: Json, blobs: BlobRecord[], lose: (name: string) => void): LooseMessage[] {
  const role = text(source['role'])
  if (role !== 'user' && role !== 'assistant') return []
  const createdAt = toMillis(source['timestamp'])
  const message: LooseMessage = {
    id,
    parentId: text(source['parentId']) || null,
    role,
    content: text(source['content']),
    ...(createdAt === undefined ? {} : { createdAt }),
  }
  readFiles(source, message, blobs, lose)
  if (role === 'assistant') readAnswer(source, message)
  return [message]
}

function readFiles(source: Json, message: LooseMessage, blobs: BlobRecord[], lose: (name: string) => void): void {
  for (const file of objects(source['files'])) {
    const name = text(file['name']) || text(file['url']) || text(file['id'])
    const attached = attachDataUrl(text(file['url']), text(file['name']) || undefined, 1, message.createdAt ?? 0)
    if (!attached) {
      lose(name)
      continue
    }
    blobs.push(attached.blob)
    if (message.role === 'assistant') message.images = [...(message.images ?? []), attached.blob.id]
    else message.attachments = [...(message.attachments ?? []), attached.attachment]
  }
}

function readAnswer(source: Json, message: LooseMessage): void {
  if (text(source['model'])) message.model = text(source['model'])
  if (isObject(source['usage'])) message.usage = source['usage'] as Usage
  const error = source['error']
  if (error) {
    message.status = 'error'
    const told = isObject(error) ? text(error['content']) || text(error['message']) : text(error)
    message.error = { code: 'imported', status: 0, message: told, action: 'retry', at: message.createdAt ?? 0 }
  } else if (source['done'] === false) message.status = 'interrupted'
  const output = objects(source['output'])
  if (output.length) readOutput(output, message)
  else readDetails(message)
}

function readOutput(output: Json[], message: LooseMessage): void {
  const texts: string[] = []
  const thoughts: string[] = []
  const calls: ToolCall[] = []
  for (const item of output) {
    const said = objects(item['content'] ?? item['output'])
      .map((part) => text(part['text']))
      .join('')
    const callId = text(item['call_id'])
    if (item['type'] === 'message') texts.push(said)
    if (item['type'] === 'reasoning') {
      thoughts.push(
        said ||
          objects(item['summary'])
            .map((part) => text(part['text']))
            .join('\n\n'),
      )
      if (typeof item['duration'] === 'number')
        message.reasoningMs = (message.reasoningMs ?? 0) + item['duration'] * 1000
    }
    if (item['type'] === 'function_call')
      calls.push({ index: calls.length, id: callId, name: text(item['name']), arguments: text(item['arguments']) })
    const answered = item['type'] === 'function_call_output' && calls.find((call) => call.id === callId)
    if (answered) answered.result = said || text(item['output'])
  }
  if (texts.join('')) message.content = texts.join('\n\n')
  else readDetails(message)
  if (thoughts.join('')) message.reasoning = thoughts.join('\n\n')
  if (calls.length) message.toolCalls = calls
}

const DETAILS = /<details\s+type="(reasoning|tool_calls|code_interpreter)"([^>]*)>([\s\S]*?)<\/details>\s*/g

/** Takes the blocks that stand for reasoning and for calls of tools out of the text. */
function readDetails(message: LooseMessage): void {
  const thoughts: string[] = []
  const calls: ToolCall[] = []
  const content = (message.content ?? '').replace(DETAILS, (_whole, type: string, attributes: string, body: string) => {
    const inner = unescape(body.replace(/<summary>[\s\S]*?<\/summary>/, '')).trim()
    const attribute = (name: string) => unescape(new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
    if (type === 'reasoning') {
      thoughts.push(inner.replace(/^> ?/gm, ''))
      message.reasoningMs = (message.reasoningMs ?? 0) + (Number(attribute('duration')) || 0) * 1000
    } else {
      const result = attribute('result') || inner
      calls.push({
        index: calls.length,
        id: attribute('id'),
        name: attribute('name') || type,
        arguments: attribute('arguments'),
        result,
      })
    }
    return ''
  })
  const split = splitThinking(content)
  message.content = split.content.trim()
  if (split.reasoning) thoughts.push(split.reasoning)
  if (thoughts.length) message.reasoning = thoughts.join('\n\n')
  if (calls.length) message.toolCalls = calls
}

const ENTITIES: Record<string, string> = {
  '&quot;': '"',
  '&#x27;': "'",
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
}

function unescape(html: string): string {
  return html.replace(/&(quot|#x27|#39|lt|gt|amp);/g, (entity) => ENTITIES[entity]!)
}

// ChatGPT's data export: `conversations.json`, a list of conversations, each a `mapping` of nodes by id with `parent`, times
// in seconds. Files are pointers to other files of the archive, which this reads not: they are told as losses.
import type { Citation } from '@/domain'
import { buildConversation, toMillis } from './conversation'
import { foldNodes, type SourceNode } from './fold'
import { derivedId, foundOrEmpty, isObject, objects, readEach, text, type Found, type Json, type Loss } from './source'

export function isChatGpt(value: unknown): boolean {
  return objects(value).some((entry) => isObject(entry['mapping']))
}

export function readChatGpt(value: unknown): Found[] {
  return readEach(objects(value), idOf, readConversation)
}

function idOf(entry: Json): string {
  const own = text(entry['conversation_id']) || text(entry['id'])
  return own || derivedId('chatgpt', entry['title'], entry['create_time'])
}

function readConversation(entry: Json): Found {
  if (!isObject(entry['mapping'])) throw new TypeError('no mapping')
  const id = idOf(entry)
  const title = text(entry['title'])
  const losses: Loss[] = []
  const lose = (kind: Loss['kind'], name: string) => losses.push({ threadId: id, title, kind, name })
  const system: string[] = []
  const nodes = Object.entries(entry['mapping']).flatMap(([nodeId, node]) =>
    isObject(node) ? readNode(nodeId, node, system, lose) : [],
  )
  const folded = foldNodes(nodes)
  const createdAt = toMillis(entry['create_time'])
  const updatedAt = toMillis(entry['update_time']) ?? createdAt
  const conversation = buildConversation(
    {
      id,
      title,
      systemPrompt: system.join('\n\n'),
      pinned: entry['is_starred'] === true,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(updatedAt === undefined ? {} : { updatedAt }),
    },
    folded.messages,
    [],
    folded.messageOf(text(entry['current_node'])),
  )
  return foundOrEmpty(conversation, losses)
}

function readNode(
  id: string,
  node: Json,
  system: string[],
  lose: (kind: Loss['kind'], name: string) => void,
): SourceNode {
  const parentId = text(node['parent']) || null
  const message = node['message']
  if (!isObject(message)) return { id, parentId, role: 'skip' }
  const author = isObject(message['author']) ? message['author'] : {}
  const metadata = isObject(message['metadata']) ? message['metadata'] : {}
  const content = isObject(message['content']) ? message['content'] : {}
  const role = text(author['role'])
  const hidden = metadata['is_visually_hidden_from_conversation'] === true || role === 'system'
  if (hidden) {
    const shownToModel = role === 'system' ? text(partsOf(content, lose)) : ''
    if (shownToModel.trim()) system.push(shownToModel.trim())
    return { id, parentId, role: 'skip' }
  }
  const createdAt = toMillis(message['create_time'])
  const base = { id, parentId, ...(createdAt === undefined ? {} : { createdAt }) }
  for (const file of objects(metadata['attachments'])) lose('file', text(file['name']) || text(file['id']))
  if (role === 'user') return { ...base, role: 'user', content: partsOf(content, lose) }
  if (role === 'tool') {
    const name = text(author['name'])
    return { ...base, role: 'tool', result: { callId: '', name, text: partsOf(content, lose) } }
  }
  return { ...base, role: 'assistant', ...readAnswer(message, content, metadata, lose) }
}

function readAnswer(
  message: Json,
  content: Json,
  metadata: Json,
  lose: (kind: Loss['kind'], name: string) => void,
): Partial<SourceNode> {
  const type = text(content['content_type'])
  if (type === 'thoughts') {
    const thoughts = objects(content['thoughts']).map((thought) =>
      [text(thought['summary']) && `**${text(thought['summary'])}**`, text(thought['content'])]
        .filter(Boolean)
        .join('\n\n'),
    )
    return { reasoning: thoughts.filter(Boolean).join('\n\n') }
  }
  if (type === 'reasoning_recap') {
    const seconds = metadata['finished_duration_sec']
    return typeof seconds === 'number' ? { reasoningMs: seconds * 1000 } : {}
  }
  const recipient = text(message['recipient'])
  if (recipient && recipient !== 'all')
    return { toolCalls: [{ id: '', name: recipient, arguments: partsOf(content, lose) }] }
  const rest: NonNullable<SourceNode['rest']> = {}
  if (text(metadata['model_slug'])) rest.model = text(metadata['model_slug'])
  const citations = citationsOf(metadata)
  if (citations.length) rest.citations = citations
  return { content: partsOf(content, lose), rest }
}

function partsOf(content: Json, lose: (kind: Loss['kind'], name: string) => void): string {
  const type = text(content['content_type'])
  if (type === 'code') return fenced(text(content['text']), text(content['language']))
  if (type === 'execution_output' || type === 'tether_quote') return text(content['text'])
  if (!Array.isArray(content['parts'])) return text(content['text']) || text(content['result'])
  const parts = content['parts'].map((part: unknown) => {
    if (typeof part === 'string') return part
    if (!isObject(part)) return ''
    if (typeof part['text'] === 'string') return part['text']
    lose('file', text(part['asset_pointer']) || text(part['content_type']))
    return ''
  })
  return parts.filter(Boolean).join('\n\n')
}

function fenced(code: string, language: string): string {
  const fence = code.includes('```') ? '````' : '```'
  return `${fence}${language === 'unknown' ? '' : language}\n${code}\n${fence}`
}

function citationsOf(metadata: Json): Citation[] {
  return objects(metadata['citations']).flatMap((citation) => {
    const page = isObject(citation['metadata']) ? citation['metadata'] : citation
    const url = text(page['url'])
    return url
      ? [{ url, title: text(page['title']) || url, ...(text(page['text']) ? { snippet: text(page['text']) } : {}) }]
      : []
  })
}

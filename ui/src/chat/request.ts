// The request that a branch of a thread becomes: its messages in the API's words, the state that models want back, and the
// parameters that this model takes.
import type { ChatRequest, ContentPart, RequestMessage } from '@/api/wire'
import { imagePart, partsOf, type ReadBlob } from '@/chat/attachments'
import { paramsFor } from '@/chat/params'
import type { ChatParams, Message, ModelInfo } from '@/domain'
import { accepts } from '@/stores/models'

export interface Asked {
  /** As the gateway names it. */
  model: string
  info: ModelInfo | undefined
  systemPrompt: string
  /** From the first message down to the prompt. */
  branch: readonly Message[]
  /** How many of the oldest messages are left out. */
  trimmed: number
  params: ChatParams
  stream: boolean
}

/** Rejects with a GatewayError where a file of a prompt is gone. */
export async function buildRequest(asked: Asked, read: ReadBlob): Promise<ChatRequest> {
  const messages: RequestMessage[] = []
  if (asked.systemPrompt.trim()) messages.push({ role: 'system', content: asked.systemPrompt })
  let shown: ContentPart[] = []
  for (const message of asked.branch.slice(asked.trimmed)) {
    if (message.role === 'user') {
      messages.push(await promptOf(message, shown, read))
      shown = []
    } else {
      messages.push(...(await answerOf(message, asked, read)))
      shown = await picturesFor(message, asked, read)
    }
  }
  return {
    model: asked.model,
    messages,
    ...paramsFor(asked.info, asked.params),
    ...(asked.stream ? { stream: true, stream_options: { include_usage: true } } : { stream: false }),
  }
}

async function promptOf(message: Message, before: ContentPart[], read: ReadBlob): Promise<RequestMessage> {
  const parts = [...before, ...(await partsOf(message.attachments, read))]
  if (!parts.length) return { role: 'user', content: message.content }
  // Documents first, the question last: that is how models read them best.
  return { role: 'user', content: message.content ? [...parts, { type: 'text', text: message.content }] : parts }
}

/** An answer of the branch, and the results of its tools; nothing for one that never came. */
async function answerOf(message: Message, asked: Asked, read: ReadBlob): Promise<RequestMessage[]> {
  // A call without a result would be refused, and only the vendor of the answer can read the state that it gave.
  const calls = (message.toolCalls ?? []).filter((call) => call.result !== undefined)
  const own = message.model === asked.model
  const images = own ? await ownImages(message, read) : []
  if (!message.content && !calls.length && !images.length) return []
  const answer: RequestMessage = {
    role: 'assistant',
    content: message.content,
    ...(own ? message.carry : {}),
    ...(images.length ? { images } : {}),
  }
  if (!calls.length) return [answer]
  answer['tool_calls'] = calls.map(({ id, name, arguments: given, carry }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
    ...(own && carry !== undefined ? { extra_content: carry } : {}),
  }))
  if (own && message.reasoning) answer['reasoning_content'] = message.reasoning
  return [answer, ...calls.map(({ id, result }) => ({ role: 'tool' as const, content: result!, tool_call_id: id }))]
}

/** The pictures of an answer as its own model takes them back. */
async function ownImages(message: Message, read: ReadBlob): Promise<ContentPart[]> {
  const blobs = await Promise.all((message.images ?? []).map(read))
  const kept = blobs.filter((blob) => blob !== null && blob !== undefined)
  return Promise.all(kept.map((blob) => imagePart(blob)))
}

/** The pictures of another model's answer, to be shown with the next prompt to one that can see. */
async function picturesFor(message: Message, asked: Asked, read: ReadBlob): Promise<ContentPart[]> {
  if (!message.images?.length || message.model === asked.model || accepts(asked.info, 'image') !== true) return []
  const blobs = await Promise.all(message.images.map(read))
  return Promise.all(blobs.filter((blob) => blob !== null && blob !== undefined).map((blob) => imagePart(blob)))
}

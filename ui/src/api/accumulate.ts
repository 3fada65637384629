// Chunks added up to an answer, and whole answers taken as they are, so that what follows knows one form only. Tolerant:
// a field of the wrong type is passed over, and a tool call without an index goes to the one its id names, or the last.
import type { Chunk, Completion, CompletionMessage, Delta, ToolCallDelta, Usage } from '@/api/wire'

/** Lists that come in parts, over several chunks. Others (`citations`, `search_results`) come whole, again and again. */
const GATHERED = new Set(['annotations', 'content_blocks', 'images', 'reasoning_details', 'thinking_blocks'])
const OF_CHUNK = new Set(['id', 'object', 'created', 'model', 'choices', 'usage'])
const OF_MESSAGE = new Set(['role', 'content', 'refusal', 'reasoning', 'reasoning_content', 'tool_calls', 'audio'])
/** What stands in the message of an answer that is whole, and beside the choices of one in chunks. */
const EXTRAS_OF_MESSAGE = [
  'annotations',
  'content_blocks',
  'extra_content',
  'images',
  'reasoning_details',
  'thinking_blocks',
]

export interface GrowingToolCall {
  index: number
  id: string
  type: string
  function: { name: string; arguments: string }
  /** What a vendor wants back with the call. */
  extra_content?: unknown
}

/** One alternative as far as it has come. */
export class GrowingChoice {
  content = ''
  reasoning = ''
  refusal = ''
  readonly toolCalls: GrowingToolCall[] = []
  /** Base64, piece by piece: each may be padded on its own. */
  readonly audio: { pieces: string[]; transcript: string; id?: string } = { pieces: [], transcript: '' }
  finishReason: string | null = null

  add(delta: Delta): void {
    this.content += text(delta.content)
    this.reasoning += text(delta.reasoning_content ?? delta.reasoning)
    this.refusal += text(delta.refusal)
    for (const call of list(delta.tool_calls)) this.addToolCall(call as ToolCallDelta)
    const audio = delta.audio
    if (audio?.data) this.audio.pieces.push(audio.data)
    if (audio?.transcript) this.audio.transcript += audio.transcript
    if (audio?.id) this.audio.id = audio.id
  }

  private addToolCall(delta: ToolCallDelta): void {
    const call = this.toolCallFor(delta)
    if (delta.id) call.id = delta.id
    if (delta.type) call.type = delta.type
    call.function.name += text(delta.function?.name)
    call.function.arguments += text(delta.function?.arguments)
    if (delta.extra_content !== undefined) call.extra_content = delta.extra_content
  }

  private toolCallFor(delta: ToolCallDelta): GrowingToolCall {
    const calls = this.toolCalls
    const known =
      typeof delta.index === 'number'
        ? calls.find(({ index }) => index === delta.index)
        : delta.id
          ? calls.find(({ id }) => id === delta.id)
          : calls.at(-1)
    if (known) return known
    const index = delta.index ?? Math.max(-1, ...calls.map((call) => call.index)) + 1
    const call = { index, id: '', type: 'function', function: { name: '', arguments: '' } }
    calls.push(call)
    return call
  }

  message(): CompletionMessage {
    const { pieces, transcript, id } = this.audio
    const audio = { ...(id ? { id } : {}), data: pieces.join(''), transcript }
    return {
      role: 'assistant',
      content: this.content || null,
      ...(this.reasoning ? { reasoning_content: this.reasoning } : {}),
      ...(this.refusal ? { refusal: this.refusal } : {}),
      ...(this.toolCalls.length ? { tool_calls: this.toolCalls.map((call) => ({ ...call })) } : {}),
      ...(pieces.length || transcript ? { audio } : {}),
    }
  }
}

export class Accumulator {
  id = ''
  created = 0
  model = ''
  usage: Usage | null = null
  /** What else came beside the choices or in a message: lists gathered, of other things the last. */
  readonly extras: Record<string, unknown> = {}
  private readonly choices = new Map<number, GrowingChoice>([[0, new GrowingChoice()]])

  /** The alternative that is shown. */
  get first(): GrowingChoice {
    return this.choice(0)
  }

  add(chunk: Chunk): void {
    this.takeHead(chunk)
    for (const { index, delta, finish_reason } of list(chunk.choices) as Chunk['choices']) {
      const choice = this.choice(index ?? 0)
      if (delta) {
        choice.add(delta)
        this.takeExtras(delta as Record<string, unknown>, OF_MESSAGE)
      }
      if (finish_reason) choice.finishReason = finish_reason
    }
  }

  /** Takes an answer that came whole. */
  addCompletion(completion: Completion): void {
    this.takeHead(completion)
    for (const { index, message, finish_reason } of completion.choices) {
      const choice = this.choice(index ?? 0)
      if (message) {
        choice.add(message as unknown as Delta)
        this.takeExtras(message as unknown as Record<string, unknown>, OF_MESSAGE)
      }
      if (finish_reason) choice.finishReason = finish_reason
    }
  }

  completion(): Completion {
    const rest = { ...this.extras }
    const ofMessage: Record<string, unknown> = {}
    if (this.choices.size === 1)
      for (const key of EXTRAS_OF_MESSAGE)
        if (key in rest) {
          ofMessage[key] = rest[key]
          delete rest[key]
        }
    const choices = [...this.choices]
      .sort(([a], [b]) => a - b)
      .map(([index, choice]) => ({
        index,
        message: { ...choice.message(), ...ofMessage },
        finish_reason: choice.finishReason,
      }))
    const head = { id: this.id, object: 'chat.completion', created: this.created, model: this.model }
    return { ...head, choices, ...rest, ...(this.usage ? { usage: this.usage } : {}) }
  }

  private choice(index: number): GrowingChoice {
    const known = this.choices.get(index)
    if (known) return known
    const choice = new GrowingChoice()
    this.choices.set(index, choice)
    return choice
  }

  private takeHead(source: Chunk | Completion): void {
    this.id ||= text(source.id)
    this.created ||= source.created || 0
    this.model ||= text(source.model)
    if (source.usage) this.usage = source.usage
    this.takeExtras(source, OF_CHUNK)
  }

  private takeExtras(source: Record<string, unknown>, known: Set<string>): void {
    for (const [key, value] of Object.entries(source)) {
      if (known.has(key) || value === null || value === undefined) continue
      const before = this.extras[key]
      if (!GATHERED.has(key) || !Array.isArray(value)) this.extras[key] = value
      else if (Array.isArray(before)) before.push(...value)
      else this.extras[key] = [...value]
    }
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

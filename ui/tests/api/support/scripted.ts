// A gateway made of a script: answers whose bytes come when the test says so, cut where it says so.
import type { Chunk, Delta, Usage } from '@/api/wire'

const encoder = new TextEncoder()

/** The body of an answer in the hands of a test. */
export class ScriptedBody {
  cancelled = false
  private controller!: ReadableStreamDefaultController<Uint8Array>
  readonly stream = new ReadableStream<Uint8Array>({
    start: (controller) => void (this.controller = controller),
    cancel: () => void (this.cancelled = true),
  })

  push(piece: string | Uint8Array): this {
    this.controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
    return this
  }

  end(): this {
    this.controller.close()
    return this
  }

  /** The connection breaks, as a browser tells it. */
  cut(): this {
    this.controller.error(new TypeError('network error'))
    return this
  }
}

export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

export function chunk(delta: Delta, more: Partial<Chunk> & { finish?: string } = {}): Chunk {
  const { finish, ...rest } = more
  const choices = [{ index: 0, delta, finish_reason: finish ?? null }]
  return { id: 'chat-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'small', choices, ...rest }
}

export function usageChunk(usage: Usage): Chunk {
  return { ...chunk({}), choices: [], usage }
}

/** A whole stream that says `text` in these pieces. */
export function script(pieces: string[], usage?: Usage): string {
  const chunks = [chunk({ role: 'assistant', content: '' }), ...pieces.map((content) => chunk({ content }))]
  const ending = [chunk({}, { finish: 'stop' }), ...(usage ? [usageChunk(usage)] : [])]
  return [...chunks, ...ending].map(event).join('') + event('[DONE]')
}

export const EVENT_STREAM = { 'content-type': 'text/event-stream' }

export function streamResponse(
  body: ScriptedBody | string | Uint8Array[],
  headers: Record<string, string> = {},
): Response {
  return new Response(body instanceof ScriptedBody ? body.stream : bodyOf(body), {
    headers: { ...EVENT_STREAM, ...headers },
  })
}

export function bodyOf(pieces: string | Uint8Array[]): ReadableStream<Uint8Array> {
  const body = new ScriptedBody()
  for (const piece of typeof pieces === 'string' ? [encoder.encode(pieces)] : pieces) body.push(piece)
  return body.end().stream
}

/** `text` as bytes, cut before each of these positions; positions count bytes. */
export function cutAt(text: string, positions: number[]): Uint8Array[] {
  const bytes = encoder.encode(text)
  const cuts = [...new Set(positions.map((position) => position % bytes.length))].sort((a, b) => a - b)
  return [...cuts, bytes.length].map((end, i, ends) => bytes.slice(i ? ends[i - 1] : 0, end))
}

export function jsonResponse(body: unknown, init: ResponseInit = {}): Response {
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string>) }
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { ...init, headers })
}

export function errorBody(code: string, message = `it failed: ${code}`): unknown {
  return { error: { message, type: 'server_error', param: null, code } }
}

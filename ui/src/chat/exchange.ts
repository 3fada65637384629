// One question to the gateway: the request out, the answer in, as a stream or whole. Watches for silence, and asks once
// more without streaming where a stream cannot be had. Knows nothing of messages.
import type { Accumulator } from '@/api/accumulate'
import { jsonOf, xrayFrom, type Client } from '@/api/client'
import { errorIn, GatewayError } from '@/api/errors'
import { processSSEStream } from '@/api/streaming'
import type { ChatRequest, Chunk, Completion } from '@/api/wire'
import type { Xray } from '@/domain'
import { t } from '@/i18n'
import { newId } from '@/stores/ids'

/** The gateway gives a sign of life every 15 seconds; after this, the connection is taken for dead. */
const SILENCE_MS = 120_000

export interface Listener {
  /** The request is on its way, under this id. */
  onSend(requestId: string): void
  onHeaders(xray: Xray): void
  /** What of the answer came just now; a whole answer comes as one. */
  onChunk(chunk: Chunk | Completion): void
}

/** The answer is not a stream and nothing else of use: asking without streaming may help. */
class NoStream extends Error {}

/** Resolves when the answer is whole. Rejects with a GatewayError, or with the reason of `abort`. */
export async function exchange(
  client: Client,
  request: ChatRequest,
  answer: Accumulator,
  listener: Listener,
  abort: AbortController,
): Promise<void> {
  try {
    await attempt(client, request, answer, listener, abort)
  } catch (error) {
    if (!request.stream || !refusesToStream(error)) throw error
    const whole: ChatRequest = { ...request, stream: false }
    delete whole.stream_options
    await attempt(client, whole, answer, listener, abort)
  }
}

function refusesToStream(error: unknown): boolean {
  if (error instanceof NoStream) return true
  return error instanceof GatewayError && error.status === 400 && /^stream(_options)?\b/.test(error.param ?? '')
}

async function attempt(
  client: Client,
  request: ChatRequest,
  answer: Accumulator,
  listener: Listener,
  abort: AbortController,
): Promise<void> {
  const requestId = `ui-${newId()}`
  const silence = request.stream ? watchSilence(abort) : undefined
  listener.onSend(requestId)
  try {
    const response = await client.chat(request, requestId, abort.signal)
    silence?.heard()
    listener.onHeaders(xrayFrom(response.headers, requestId))
    if (isJson(response)) return readWhole(response, answer, listener, Boolean(request.stream))
    if (request.stream && !isEvents(response)) throw new NoStream()
    const take = (chunk: Chunk) => {
      answer.add(chunk)
      listener.onChunk(chunk)
    }
    await processSSEStream(response, take, abort.signal, silence?.heard)
  } finally {
    silence?.stop()
  }
}

async function readWhole(
  response: Response,
  answer: Accumulator,
  listener: Listener,
  streamed: boolean,
): Promise<void> {
  const body = await jsonOf(response)
  const error = errorIn(body, { status: response.status })
  if (error) throw error
  if (!Array.isArray(body['choices'])) {
    if (streamed) throw new NoStream()
    throw new GatewayError({ code: 'malformed', status: response.status, message: 'The answer is not a completion.' })
  }
  answer.addCompletion(body as Completion)
  listener.onChunk(body as Completion)
}

function typeOf(response: Response): string {
  return response.headers.get('content-type')?.split(';', 1)[0]!.trim().toLowerCase() ?? ''
}

const isJson = (response: Response) => /^application\/([\w.-]+\+)?json$/.test(typeOf(response))
const isEvents = (response: Response) => ['text/event-stream', ''].includes(typeOf(response))

/** Aborts with an error when nothing at all was heard for too long. */
function watchSilence(abort: AbortController): { heard: () => void; stop: () => void } {
  const silent = () => abort.abort(new GatewayError({ code: 'idle', message: t('errors.silent') }))
  let timer = setTimeout(silent, SILENCE_MS)
  return {
    heard() {
      clearTimeout(timer)
      timer = setTimeout(silent, SILENCE_MS)
    },
    stop: () => clearTimeout(timer),
  }
}

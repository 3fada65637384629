// A streamed answer off the wire: bytes of server-sent events in, chunks out. What a chunk means is told in accumulate.ts.
import { createParser } from 'eventsource-parser'
import { Accumulator } from '@/api/accumulate'
import { errorIn, GatewayError } from '@/api/errors'
import type { Chunk, Completion } from '@/api/wire'

const DONE = '[DONE]'

/**
 * Reads a stream of events to its end and gives each chunk to `onChunk`, as it comes.
 *
 * Rejects with a GatewayError where the stream holds an error, something else than chunks, or ends before `[DONE]`, and
 * with the signal's reason when aborted. What `onChunk` was given stays good in any case. `onBytes` hears of every sign
 * of life, comments too.
 */
export async function processSSEStream(
  response: Response,
  onChunk: (chunk: Chunk) => void,
  signal?: AbortSignal,
  onBytes?: () => void,
): Promise<void> {
  if (!response.body) throw new GatewayError({ code: 'malformed', message: 'The answer has no body.' })
  signal?.throwIfAborted()
  const reader = response.body.getReader()
  // The reader may be another's stream, which the signal does not reach; a read that waits ends when it is cancelled.
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    await readEvents(reader, onChunk, signal, onBytes)
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel()
  }
}

async function readEvents(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onChunk: (chunk: Chunk) => void,
  signal?: AbortSignal,
  onBytes?: () => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let done = false
  const parser = createParser({
    onEvent({ data }) {
      if (done) return
      if (data === DONE) done = true
      else onChunk(chunkFrom(data))
    },
  })
  while (!done) {
    const { value, done: ended } = await reader.read()
    signal?.throwIfAborted()
    onBytes?.()
    if (ended) break
    parser.feed(decoder.decode(value, { stream: true }))
  }
  // Some servers leave out the empty line after their last event.
  if (!done) finish(() => parser.feed(decoder.decode() + '\n\n'))
  if (!done) throw cutOff()
}

/** Takes a last event that lacks its end; half of one means that the stream was cut. */
function finish(feedEnd: () => void): void {
  try {
    feedEnd()
  } catch (error) {
    throw error instanceof GatewayError && error.code === 'malformed' ? cutOff() : error
  }
}

function cutOff(): GatewayError {
  return new GatewayError({ code: 'connection_lost', message: 'The answer broke off before its end.' })
}

function chunkFrom(data: string): Chunk {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch (cause) {
    throw new GatewayError({ code: 'malformed', message: 'The answer holds an event that is not JSON.' }, { cause })
  }
  const error = errorIn(event)
  if (error) throw error
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new GatewayError({ code: 'malformed', message: 'The answer holds an event that is not a chunk.' })
  return event as Chunk
}

/** The completion that chunks add up to. */
export function accumulateChunks(chunks: Iterable<Chunk>): Completion {
  const accumulator = new Accumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  return accumulator.completion()
}

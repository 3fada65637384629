// Fitting a conversation into what a model can hold: the oldest turns are left out of the request, never out of the thread.
import type { ChatParams, Message, ModelInfo } from '@/domain'
import { estimateTokens } from '@/chat/metrics'

/** Rough sizes of what is not text. A picture costs about this much whatever its bytes. */
const TOKENS_OF_IMAGE = 1000
const BYTES_PER_TOKEN = 16
/** Estimates are rough, and an answer needs room too. */
const SHARE = 0.75
const ROOM_FOR_ANSWER = 1024

export function tokensOf(message: Message): number {
  const attached = message.attachments.reduce(
    (sum, { kind, size }) =>
      sum + (kind === 'image' ? TOKENS_OF_IMAGE : kind === 'text' ? estimateTokens(size) : size / BYTES_PER_TOKEN),
    0,
  )
  return estimateTokens(message.content.length) + Math.ceil(attached)
}

/** How many messages to leave out at least, after a request without the first `trimmed` was still too long. */
export function trimFurther(
  branch: readonly Message[],
  trimmed: number,
  model: ModelInfo | undefined,
  params: ChatParams,
): number {
  const sent = branch.slice(trimmed)
  const total = sent.reduce((sum, message) => sum + tokensOf(message), 0)
  const window = model?.contextWindow ?? Infinity
  const fits = (window - (params.max_completion_tokens ?? ROOM_FOR_ANSWER)) * SHARE
  // Where the window is not known, or the estimate says that it should have fitted, half of what was sent is a start.
  return trimmed + countToDrop(sent, fits > 0 && fits < total ? fits : total / 2)
}

/** How many messages from the start must go so that the rest holds at most `budget` tokens and begins with a prompt. */
function countToDrop(sent: readonly Message[], budget: number): number {
  let rest = sent.reduce((sum, message) => sum + tokensOf(message), 0)
  let dropped = 0
  const last = sent.findLastIndex(({ role }) => role === 'user')
  while (dropped < last && (rest > budget || sent[dropped]!.role !== 'user')) rest -= tokensOf(sent[dropped++]!)
  return dropped
}

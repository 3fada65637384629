// What a finished request says of its message and of the log: how it ended, what it took, what it cost.
import type { Accumulator } from '@/api/accumulate'
import { GatewayError } from '@/api/errors'
import type { ChatRequest } from '@/api/wire'
import type { AnswerPatch } from '@/chat/merge'
import { metricsOf, reckon, type Produced, type Reckoning, type Stopwatch } from '@/chat/metrics'
import type { AnswerMetrics, ChatError, Message, MessageStatus, ModelInfo, RequestLog, Xray } from '@/domain'
import { t } from '@/i18n'

/** A picture in a prompt counts as so much text. */
const CHARACTERS_OF_PART = 4000

export interface Finished {
  answer: Accumulator
  request: ChatRequest | undefined
  watch: Stopwatch
  /** Lengths of what came. */
  characters: number
  showedReasoning: boolean
  model: ModelInfo | undefined
  now: number
}

export interface Taken {
  metrics: AnswerMetrics
  reckoning: Reckoning
}

/** What a request took. One that failed before its first token cost nothing. */
export function takenBy({ answer, request, watch, characters, showedReasoning, model, now }: Finished): Taken {
  const produced: Produced = {
    promptCharacters: watch.ttftMs !== undefined && request ? charactersOf(request) : 0,
    characters,
    showedReasoning,
    usage: answer.usage,
  }
  const reckoning = reckon(produced, model)
  const { startedAt, ttftMs } = watch
  if (ttftMs === undefined && !answer.usage) return { metrics: { startedAt, durationMs: now - startedAt }, reckoning }
  return { metrics: metricsOf(watch, produced, reckoning, now), reckoning }
}

function charactersOf({ messages }: ChatRequest): number {
  const ofContent = (content: ChatRequest['messages'][number]['content']) =>
    typeof content === 'string'
      ? content.length
      : content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : CHARACTERS_OF_PART), 0)
  return messages.reduce((sum, { content }) => sum + ofContent(content), 0)
}

export interface Ending {
  status: Extract<MessageStatus, 'complete' | 'canceled' | 'error'>
  finishReason?: string | undefined
  error?: ChatError | undefined
}

export interface Ended {
  failure: GatewayError | null
  stopped: boolean
  /** What this request brought, as the message would hold it, and what the message held before. */
  patch: AnswerPatch
  before: Message | undefined
  finishReason: string | null
  request: ChatRequest | undefined
  now: number
}

export function endingOf({ failure, stopped, patch, before, finishReason, request, now }: Ended): Ending {
  const text = patch.content.slice(before?.content.length ?? 0)
  const anything = Boolean(text || patch.images || patch.audio || patch.reasoning || patch.toolCalls)
  const reason = finishReason ?? (anything ? undefined : before?.finishReason)
  const empty = !anything && (finishReason === 'stop' || finishReason === null)
  const error =
    failure ?? (empty && !stopped ? new GatewayError({ code: 'empty_answer', message: t('errors.empty') }) : null)
  // Somebody else may have ended it, through the gateway.
  if (stopped || error?.code === 'cancelled') return { status: 'canceled', finishReason: reason }
  if (!error) return { status: 'complete', finishReason: reason }
  return { status: 'error', finishReason: reason, error: told(error, patch.content.length > 0, request, now) }
}

function told(error: GatewayError, hasPartial: boolean, request: ChatRequest | undefined, now: number): ChatError {
  const plain = error.toChatError(now, hasPartial)
  const turns = request?.messages.filter(({ role }) => role !== 'system').length ?? 0
  if (plain.action !== 'trim' || turns > 1) return plain
  // Providers do not all end their sentences.
  const sentence = plain.message.replace(/[^\s.!?]$/, '$&.')
  return { ...plain, action: 'pick-model', message: `${sentence} ${t('errors.nothing_to_trim')}` }
}

export interface Logged extends Pick<RequestLog, 'threadId' | 'messageId' | 'model'> {
  xray: Xray | undefined
  taken: Taken
  ending: Ending
}

export function logOf({ threadId, messageId, model, xray, taken, ending }: Logged): Omit<RequestLog, 'id'> {
  const { costUsd = 0, ...counts } = taken.reckoning
  const { startedAt, ttftMs, durationMs = 0, tokensPerSecond } = taken.metrics
  return {
    threadId,
    messageId,
    at: startedAt,
    model,
    provider: xray?.provider ?? '',
    ...counts,
    costUsd,
    durationMs,
    outcome: ending.status,
    ...(ttftMs === undefined ? {} : { ttftMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    ...(ending.error ? { errorCode: ending.error.code } : {}),
  }
}

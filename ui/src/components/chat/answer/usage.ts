// The figures under an answer: what it took, what it cost, how fast it was. A figure that nobody told is left out.

import type { Usage } from '@/api/wire'
import type { Message } from '@/domain'
import { formatNumber } from '@/i18n/format'

export interface Figures {
  input?: number
  output?: number
  cached?: number
  reasoning?: number
  /** Whether the token counts are our own estimate. */
  estimated: boolean
  costUsd?: number
  ttftMs?: number
  durationMs?: number
  tokensPerSecond?: number
  provider?: string
  model?: string
}

export function figuresOf(message: Message): Figures {
  const usage: Usage = message.usage ?? {}
  const metrics = message.metrics
  const figures = {
    input: usage.prompt_tokens,
    output: usage.completion_tokens ?? (metrics?.tokens || undefined),
    cached: usage.prompt_tokens_details?.cached_tokens || undefined,
    reasoning: usage.completion_tokens_details?.reasoning_tokens || undefined,
    estimated: usage.completion_tokens === undefined && metrics?.tokensEstimated === true,
    costUsd: metrics?.costUsd,
    ttftMs: metrics?.ttftMs,
    durationMs: metrics?.durationMs,
    tokensPerSecond: metrics?.tokensPerSecond,
    provider: message.xray?.provider,
    model: message.xray?.model ?? message.model,
  }
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as unknown as Figures
}

/** `provider/model`, without saying the provider twice. */
export function routeOf({ provider, model }: Pick<Figures, 'provider' | 'model'>): string {
  if (!model) return provider ?? ''
  return !provider || model.startsWith(`${provider}/`) ? model : `${provider}/${model}`
}

/** Tokens per second: a digit after the point only where it says something. */
export function rateNumber(tokensPerSecond: number): string {
  return formatNumber(tokensPerSecond, tokensPerSecond < 10 ? 1 : 0)
}

// How long an answer took, how fast it came and what it cost. Where the provider told tokens, they are exact; else they are
// estimated from the length of the text, and marked so.
import type { AnswerMetrics, ModelInfo } from '@/domain'
import type { Usage } from '@/api/wire'

const CHARACTERS_PER_TOKEN = 4
const PER_MILLION = 1_000_000
/** What came within this time of its first token came as one piece: its speed is that of the whole request. */
const BURST_MS = 100

export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}

/** The times of one request. */
export class Stopwatch {
  private firstAt: number | undefined
  private thinkingAt: number | undefined
  private thoughtMs = 0
  private thought = false

  constructor(readonly startedAt: number) {}

  get ttftMs(): number | undefined {
    return this.firstAt === undefined ? undefined : this.firstAt - this.startedAt
  }

  /** Since when it thinks; undefined while it does not. */
  get thinkingSince(): number | undefined {
    return this.thinkingAt
  }

  /** The time spent thinking in stretches that are over; undefined where it never thought. */
  get reasoningMs(): number | undefined {
    return this.thought ? this.thoughtMs : undefined
  }

  thinks(now: number): void {
    this.firstAt ??= now
    this.thinkingAt ??= now
    this.thought = true
  }

  answers(now: number): void {
    this.firstAt ??= now
    this.stopsThinking(now)
  }

  stopsThinking(now: number): void {
    if (this.thinkingAt === undefined) return
    this.thoughtMs += now - this.thinkingAt
    this.thinkingAt = undefined
  }

  /** Tokens per second from the first token on; undefined before there is something to tell. */
  speed(tokens: number, now: number): number | undefined {
    if (this.firstAt === undefined || tokens === 0) return undefined
    const sinceFirst = now - this.firstAt
    const ms = sinceFirst >= BURST_MS ? sinceFirst : now - this.startedAt
    return ms > 0 ? (tokens / ms) * 1000 : undefined
  }
}

export interface Produced {
  /** Characters of the prompt, where its tokens are not told. */
  promptCharacters: number
  /** Characters of the answer, its reasoning and its tool calls. */
  characters: number
  /** Whether its reasoning came as text. */
  showedReasoning: boolean
  usage: Usage | null
}

export interface Reckoning {
  promptTokens: number
  completionTokens: number
  cachedTokens: number
  reasoningTokens: number
  estimated: boolean
  costUsd: number | undefined
}

export function reckon({ usage, characters, promptCharacters }: Produced, model: ModelInfo | undefined): Reckoning {
  const told = usage?.completion_tokens
  const counts = {
    promptTokens: usage?.prompt_tokens ?? estimateTokens(promptCharacters),
    completionTokens: told ?? estimateTokens(characters),
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  }
  return { ...counts, estimated: told === undefined, costUsd: toldCost(usage) ?? priceOf(counts, model) }
}

/** Some providers tell what they charge. */
function toldCost(usage: Usage | null): number | undefined {
  const cost = usage?.['cost']
  return typeof cost === 'number' && cost >= 0 ? cost : undefined
}

function priceOf(counts: Omit<Reckoning, 'estimated' | 'costUsd'>, model: ModelInfo | undefined): number | undefined {
  const { pricePrompt, priceCompletion } = model ?? {}
  if (pricePrompt === undefined || priceCompletion === undefined) return undefined
  const told = (model?.raw['pricing'] as { cached_prompt?: unknown } | undefined)?.cached_prompt
  const priceCached = typeof told === 'number' ? told : pricePrompt
  const fresh = Math.max(0, counts.promptTokens - counts.cachedTokens)
  const dollars = fresh * pricePrompt + counts.cachedTokens * priceCached + counts.completionTokens * priceCompletion
  return dollars / PER_MILLION
}

export function metricsOf(watch: Stopwatch, produced: Produced, reckoned: Reckoning, now: number): AnswerMetrics {
  const { completionTokens, reasoningTokens, estimated, costUsd } = reckoned
  // Reasoning that was not shown took its time before the first token.
  const seen = produced.showedReasoning ? completionTokens : Math.max(0, completionTokens - reasoningTokens)
  const speed = watch.speed(seen, now)
  return {
    startedAt: watch.startedAt,
    ...(watch.ttftMs === undefined ? {} : { ttftMs: watch.ttftMs }),
    durationMs: now - watch.startedAt,
    ...(speed === undefined ? {} : { tokensPerSecond: speed }),
    tokens: completionTokens,
    ...(estimated ? { tokensEstimated: true } : {}),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}

/** The metrics of an answer that was made in two requests. */
export function joinedMetrics(first: AnswerMetrics | undefined, second: AnswerMetrics): AnswerMetrics {
  if (!first) return second
  const sum = (a: number | undefined, b: number | undefined) =>
    a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
  const estimated = first.tokensEstimated || second.tokensEstimated
  const joined = {
    startedAt: first.startedAt,
    ttftMs: first.ttftMs ?? second.ttftMs,
    durationMs: sum(first.durationMs, second.durationMs),
    tokensPerSecond: second.tokensPerSecond ?? first.tokensPerSecond,
    tokens: sum(first.tokens, second.tokens),
    tokensEstimated: estimated || undefined,
    costUsd: sum(first.costUsd, second.costUsd),
  }
  return Object.fromEntries(
    Object.entries(joined).filter(([, value]) => value !== undefined),
  ) as unknown as AnswerMetrics
}

/** The usage of an answer that was made in two requests: both are charged. */
export function joinedUsage(first: Usage | undefined, second: Usage | null): Usage | undefined {
  if (!first || !second) return second ?? first
  const joined: Usage = { ...first, ...second }
  for (const key of ['prompt_tokens', 'completion_tokens', 'total_tokens'] as const) {
    const told = [first[key], second[key]].filter((value) => value !== undefined)
    if (told.length) joined[key] = told.reduce((sum, value) => sum + value, 0)
  }
  return joined
}

// Where the time of an answer went, as bars one after another.

import type { AnswerMetrics, Xray } from '@/domain'

export type Phase = 'gateway' | 'upstream' | 'network' | 'answer' | 'waiting'

export interface Bar {
  phase: Phase
  startMs: number
  durationMs: number
}

/**
 * Until the first token: what the gateway spent itself, what the provider took, and what is left for the way between
 * browser and gateway. After it: the answer, if any came. Parts that nobody measured are left out rather than guessed.
 */
export function waterfall(metrics: AnswerMetrics | undefined, xray: Xray | undefined): Bar[] {
  const bars: Bar[] = []
  let at = 0
  const add = (phase: Phase, durationMs: number | undefined) => {
    if (durationMs === undefined || durationMs < 0) return
    bars.push({ phase, startMs: at, durationMs })
    at += durationMs
  }
  add('gateway', xray?.gatewayMs)
  add('upstream', xray?.upstreamMs)
  const first = metrics?.ttftMs
  if (first !== undefined && first > at) add('network', first - at)
  const total = metrics?.durationMs
  if (total !== undefined && total > at) add(first === undefined ? 'waiting' : 'answer', total - at)
  return bars
}

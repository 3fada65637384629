// Figures of answers that stand side by side, and how each does against the best of them.

import type { LiveAnswer } from '@/chat/types'
import type { Message } from '@/domain'

export type Meter = 'ttft' | 'speed' | 'cost'
export type MeterValues = Record<Meter, number | undefined>

export function figuresNow(message: Message, live: LiveAnswer | undefined): MeterValues {
  const running = live && live.phase !== 'ended' ? live : undefined
  return {
    ttft: running ? running.ttftMs : message.metrics?.ttftMs,
    speed: running ? running.tokensPerSecond : message.metrics?.tokensPerSecond,
    cost: message.metrics?.costUsd,
  }
}

/** Between 0 and 1, the best being 1. Of time and money less is better. */
export function best(meter: Meter, value: number, all: readonly MeterValues[]): number {
  const values = all.map((each) => each[meter]).filter((each) => each !== undefined)
  if (meter === 'speed') return value / Math.max(...values, Number.EPSILON)
  const least = Math.min(...values)
  return value <= 0 ? 1 : Math.max(least, 0) / value
}

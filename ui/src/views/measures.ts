// The figures of the usage view: how each is read from sums, and how it is written.
import type { UsageTotals } from '@/stores/requests'
import { t, type Key } from '@/i18n'
import { formatCompact, formatCost, formatCostStep, formatDuration, formatNumber } from '@/i18n/format'

export type MeasureId = 'cost' | 'tokens' | 'requests' | 'errors' | 'speed' | 'firstToken'

export interface Measure {
  label: Key
  /** Null where nothing was measured. */
  of: (totals: UsageTotals) => number | null
  format: (value: number) => string
  /** On an axis whose marks are `step` apart; marks without words are left blank. By default as everywhere. */
  tick?: (value: number, step: number) => string
}

/** Half a request is no mark. */
const whole =
  (format: (value: number) => string) =>
  (value: number): string =>
    Number.isInteger(value) ? format(value) : ''
const count = (value: number): string => formatNumber(value)

export const MEASURES: Record<MeasureId, Measure> = {
  cost: { label: 'views.cost', of: (totals) => totals.costUsd, format: formatCost, tick: formatCostStep },
  tokens: {
    label: 'views.tokens',
    of: (totals) => totals.promptTokens + totals.completionTokens,
    format: formatCompact,
    tick: whole(formatCompact),
  },
  requests: { label: 'views.requests', of: (totals) => totals.requests, format: count, tick: whole(count) },
  errors: { label: 'views.errors', of: (totals) => totals.errors, format: count, tick: whole(count) },
  speed: {
    label: 'views.speed',
    of: (totals) => totals.tokensPerSecond ?? null,
    format: (value) => t('views.tokensPerSecond', { speed: formatNumber(value, value < 10 ? 1 : 0) }),
  },
  firstToken: { label: 'views.firstToken', of: (totals) => totals.ttftMs ?? null, format: formatDuration },
}

export const MEASURE_IDS = Object.keys(MEASURES) as MeasureId[]

export function show(id: MeasureId, totals: UsageTotals): string {
  const value = MEASURES[id].of(totals)
  return value === null ? '–' : MEASURES[id].format(value)
}

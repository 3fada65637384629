// Usage in one shape, from the log of this browser or from the gateway's history, for a number of days up to today.
import { gatewayJson } from '@/composables/gatewayJson'
import { localDay, type RequestsStore, type UsageGroup, type UsageTotals } from '@/stores/requests'

export type UsageSource = 'local' | 'gateway'

export interface UsageReport {
  totals: UsageTotals
  /** Every day of the period, those without a request too, oldest first. */
  byDay: UsageGroup[]
  byModel: UsageGroup[]
  byProvider: UsageGroup[]
}

/** Days back from today; 0: all there is. */
export const PERIODS = [7, 30, 90, 0] as const
export type Period = (typeof PERIODS)[number]

const NOTHING: UsageTotals = {
  requests: 0,
  errors: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  durationMs: 0,
}

/** Noon, so that no change to or from summer time moves it to another day. */
const noonOf = (day: string): Date => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date, 12)
}

export const timeOfDay = (day: string): number => noonOf(day).getTime()

export function dayBefore(day: string, by: number): string {
  const date = noonOf(day)
  date.setDate(date.getDate() - by)
  return localDay(date.getTime())
}

/** The days from `first` to `last`, each with its sums or with none. */
export function everyDay(groups: readonly UsageGroup[], first: string, last: string): UsageGroup[] {
  const known = new Map(groups.map((group) => [group.key, group]))
  const days: UsageGroup[] = []
  for (let day = first; day <= last; day = dayBefore(day, -1)) days.push(known.get(day) ?? { key: day, ...NOTHING })
  return days
}

export async function localUsage(
  store: Pick<RequestsStore, 'getUsage'>,
  period: Period,
  now = Date.now(),
): Promise<UsageReport> {
  const today = localDay(now)
  const first = period ? dayBefore(today, period - 1) : null
  const from = first ? new Date(timeOfDay(first)).setHours(0, 0, 0, 0) : 0
  const usage = await store.getUsage({ from })
  return { ...usage, byDay: everyDay(usage.byDay, first ?? usage.byDay[0]?.key ?? today, today) }
}

type Row = Record<string, unknown>

const amount = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

function fromRow(row: Row): UsageTotals {
  const requests = amount(row['calls'])
  return {
    requests,
    errors: amount(row['errors']),
    promptTokens: amount(row['prompt_tokens']),
    completionTokens: amount(row['completion_tokens']),
    cachedTokens: amount(row['cached_tokens']),
    reasoningTokens: amount(row['reasoning_tokens']),
    costUsd: amount(row['cost_usd']),
    durationMs: amount(row['duration_ms']) * requests,
    ...(typeof row['ttft_ms'] === 'number' && { ttftMs: row['ttft_ms'] }),
  }
}

function sum(groups: readonly UsageTotals[]): UsageTotals {
  const totals = { ...NOTHING }
  for (const group of groups) {
    for (const key of Object.keys(NOTHING) as (keyof UsageTotals)[])
      totals[key] = amount(totals[key]) + amount(group[key])
  }
  const timed = groups.filter((group) => group.ttftMs !== undefined)
  const weight = timed.reduce((all, group) => all + group.requests, 0)
  if (weight > 0) totals.ttftMs = timed.reduce((all, group) => all + group.ttftMs! * group.requests, 0) / weight
  return totals
}

/** The gateway counts in days of UTC. Rejects with a GatewayError where it keeps no history. */
export async function gatewayUsage(
  period: Period,
  signal: AbortSignal,
  now = Date.now(),
  ask: typeof gatewayJson = gatewayJson,
): Promise<UsageReport> {
  const last = new Date(now).toISOString().slice(0, 10)
  const first = period ? dayBefore(last, period - 1) : '2020-01-01'

  async function by(axis: 'day' | 'model' | 'provider'): Promise<UsageGroup[]> {
    const body = await ask(`api/usage?by=${axis}&from=${first}&to=${last}`, signal)
    const rows = Array.isArray(body['data']) ? (body['data'] as Row[]) : []
    return rows.map((row) => ({ key: String(row[axis] ?? ''), ...fromRow(row) }))
  }

  const [days, byModel, byProvider] = await Promise.all([by('day'), by('model'), by('provider')])
  days.sort((a, b) => a.key.localeCompare(b.key))
  const byWeight = (a: UsageGroup, b: UsageGroup) => b.costUsd - a.costUsd || b.requests - a.requests
  return {
    totals: sum(days),
    byDay: everyDay(days, period ? first : (days[0]?.key ?? last), last),
    byModel: byModel.sort(byWeight),
    byProvider: byProvider.sort(byWeight),
  }
}

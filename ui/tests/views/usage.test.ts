import { describe, expect, it } from 'vitest'
import { everyDay, dayBefore, gatewayUsage, localUsage } from '@/views/usage'
import { summarize, type UsageGroup } from '@/stores/requests'
import type { RequestLog } from '@/domain'
import { parseProviders } from '@/views/providers'

const NOW = new Date('2026-11-21T15:00:00').getTime()
const sums = (key: string, requests = 1): UsageGroup => ({
  key,
  requests,
  errors: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  durationMs: 0,
})

describe('the days of a period', () => {
  it('are all there, across a change of the clock and of the year', () => {
    const days = everyDay([sums('2026-10-25', 3)], '2026-10-20', '2026-11-02')
    expect(days).toHaveLength(14)
    expect(days.find(({ key }) => key === '2026-10-25')?.requests).toBe(3)
    expect(days[0]).toMatchObject({ key: '2026-10-20', requests: 0 })
    expect(dayBefore('2026-01-01', 1)).toBe('2025-12-31')
    expect(dayBefore('2026-03-01', 1)).toBe('2026-02-28')
  })
})

describe('usage from the log of this browser', () => {
  it('is of the last days, today included', async () => {
    const asked: unknown[] = []
    const row = { model: 'm', provider: 'p', outcome: 'complete', costUsd: 0.5, at: NOW - 3 * 86_400_000 } as RequestLog
    const report = await localUsage(
      {
        getUsage: async (filters) => {
          asked.push(filters)
          return summarize([row])
        },
      },
      7,
      NOW,
    )
    expect(asked).toEqual([{ from: new Date('2026-11-15T00:00:00').getTime() }])
    expect(report.byDay.map(({ key }) => key)).toEqual(
      ['15', '16', '17', '18', '19', '20', '21'].map((day) => `2026-11-${day}`),
    )
    expect(report.byDay[3]?.costUsd).toBe(0.5)
  })

  it('of all time begins with the first request', async () => {
    const row = { model: 'm', provider: 'p', outcome: 'complete', at: NOW - 2 * 86_400_000 } as RequestLog
    const report = await localUsage({ getUsage: async () => summarize([row]) }, 0, NOW)
    expect(report.byDay).toHaveLength(3)
  })
})

describe('usage from the gateway', () => {
  it('is brought into the same shape', async () => {
    const asked: string[] = []
    const rows: Record<string, unknown[]> = {
      day: [
        { day: '2026-11-20', calls: 3, errors: 1, prompt_tokens: 10, cost_usd: 0.1, ttft_ms: 100, duration_ms: 50 },
        { day: '2026-11-21', calls: 1, errors: 0, prompt_tokens: 5, cost_usd: 0.2, ttft_ms: 300, duration_ms: 10 },
      ],
      model: [
        { model: 'a/one', calls: 1, cost_usd: 0.1 },
        { model: 'a/two', calls: 3, cost_usd: 0.2 },
      ],
      provider: [{ provider: 'a', calls: 4, cost_usd: null }],
    }
    const ask = async (path: string) => {
      asked.push(path)
      return { data: rows[new URLSearchParams(path.split('?')[1]).get('by')!] }
    }
    const report = await gatewayUsage(7, new AbortController().signal, NOW, ask)
    expect(asked[0]).toBe('api/usage?by=day&from=2026-11-15&to=2026-11-21')
    expect(report.totals).toMatchObject({ requests: 4, errors: 1, promptTokens: 15, ttftMs: 150, durationMs: 160 })
    expect(report.totals.costUsd).toBeCloseTo(0.3)
    expect(report.byDay).toHaveLength(7)
    expect(report.byModel.map(({ key }) => key)).toEqual(['a/two', 'a/one'])
    expect(report.byProvider[0]).toMatchObject({ key: 'a', requests: 4, costUsd: 0 })
  })
})

describe('what the gateway tells of its providers', () => {
  it('is read with care', () => {
    const read = parseProviders({
      data: [{ name: 'openai', status: 'ok', models: 40, base_url: 'https://api', key_variable: 'KEY' }, null, 'x'],
      available: [{ name: 'groq', title: 'Groq', docs: 'javascript:alert(1)' }],
    })
    expect(read.configured).toEqual([
      {
        name: 'openai',
        configured: true,
        type: '',
        baseUrl: 'https://api',
        status: 'ok',
        error: '',
        models: 40,
        keyVariable: 'KEY',
      },
    ])
    expect(read.available).toEqual([{ name: 'groq', title: 'Groq', keyVariable: '', docs: '' }])
    expect(parseProviders({})).toEqual({ configured: [], available: [] })
  })
})

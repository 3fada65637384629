import { describe, expect, it } from 'vitest'
import { joinedMetrics, joinedUsage, metricsOf, reckon, Stopwatch, type Produced } from '@/chat/metrics'
import { joined } from '@/chat/merge'
import { answer, model } from './support/make'

const PRICED = model('a/b', { pricing: { prompt: 2, completion: 10, cached_prompt: 0.5 } })
const produced = (more: Partial<Produced>): Produced => ({
  promptCharacters: 400,
  characters: 40,
  showedReasoning: false,
  usage: null,
  ...more,
})

describe('the stopwatch', () => {
  it('tells the first token and the time spent thinking, stretch by stretch', () => {
    const watch = new Stopwatch(1000)
    expect(watch.ttftMs).toBeUndefined()
    expect(watch.reasoningMs).toBeUndefined()
    watch.thinks(1200)
    watch.thinks(1500)
    expect(watch.thinkingSince).toBe(1200)
    watch.answers(1700)
    watch.thinks(2000)
    watch.stopsThinking(2100)
    expect(watch.ttftMs).toBe(200)
    expect(watch.reasoningMs).toBe(600)
    expect(watch.thinkingSince).toBeUndefined()
  })

  it('measures speed from the first token on', () => {
    const watch = new Stopwatch(0)
    expect(watch.speed(10, 5000)).toBeUndefined()
    watch.answers(1000)
    expect(watch.speed(100, 3000)).toBe(50)
  })

  it('takes the whole time for an answer that came in one piece', () => {
    const watch = new Stopwatch(0)
    watch.answers(2000)
    expect(watch.speed(100, 2000)).toBe(50)
  })
})

describe('the reckoning', () => {
  it('is exact where the provider tells', () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 200, prompt_tokens_details: { cached_tokens: 400 } }
    const { costUsd, ...counts } = reckon(produced({ usage }), PRICED)
    expect(counts).toEqual({
      promptTokens: 1000,
      completionTokens: 200,
      cachedTokens: 400,
      reasoningTokens: 0,
      estimated: false,
    })
    expect(costUsd).toBeCloseTo((600 * 2 + 400 * 0.5 + 200 * 10) / 1e6, 12)
  })

  it('is an estimate where it does not, and says so', () => {
    expect(reckon(produced({}), PRICED)).toMatchObject({ promptTokens: 100, completionTokens: 10, estimated: true })
  })

  it('takes the provider’s own word for the cost, and knows none without a price', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.125 }
    expect(reckon(produced({ usage }), PRICED).costUsd).toBe(0.125)
    expect(reckon(produced({}), model('x')).costUsd).toBeUndefined()
  })
})

describe('the metrics', () => {
  it('do not count hidden reasoning as speed', () => {
    const watch = new Stopwatch(0)
    watch.answers(1000)
    const usage = { completion_tokens: 1100, completion_tokens_details: { reasoning_tokens: 1000 } }
    const hidden = produced({ usage })
    expect(metricsOf(watch, hidden, reckon(hidden, undefined), 2000)).toEqual({
      startedAt: 0,
      ttftMs: 1000,
      durationMs: 2000,
      tokensPerSecond: 100,
      tokens: 1100,
    })
    const shown = produced({ usage, showedReasoning: true })
    expect(metricsOf(watch, shown, reckon(shown, undefined), 2000).tokensPerSecond).toBe(1100)
  })

  it('of two requests are added up', () => {
    const first = { startedAt: 1, ttftMs: 5, durationMs: 10, tokens: 3, costUsd: 0.5 }
    const second = { startedAt: 9, ttftMs: 7, durationMs: 20, tokens: 4, tokensEstimated: true, tokensPerSecond: 8 }
    expect(joinedMetrics(first, second)).toEqual({
      startedAt: 1,
      ttftMs: 5,
      durationMs: 30,
      tokens: 7,
      tokensEstimated: true,
      tokensPerSecond: 8,
      costUsd: 0.5,
    })
    expect(joinedMetrics(undefined, second)).toBe(second)
    expect(
      joinedUsage(
        { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        { prompt_tokens: 10, completion_tokens: 20 },
      ),
    ).toEqual({
      prompt_tokens: 11,
      completion_tokens: 22,
      total_tokens: 3,
    })
    expect(joinedUsage(undefined, null)).toBeUndefined()
  })
})

describe('an answer that went on', () => {
  it('keeps what it had', () => {
    const before = answer('One', {
      reasoning: 'a',
      reasoningMs: 5,
      toolCalls: [{ index: 0, id: 'x', name: 'f', arguments: '{}' }],
      citations: [{ url: 'https://a/', title: 'A' }],
      images: ['b1'],
      carry: { thinking_blocks: [1] },
    })
    const came = {
      content: 'One two',
      reasoning: 'b',
      reasoningMs: 6,
      toolCalls: [{ index: 0, id: 'y', name: 'g', arguments: '{}' }],
      citations: [
        { url: 'https://a/', title: 'A' },
        { url: 'https://b/', title: 'B' },
      ],
      images: ['b2'],
    }
    expect(joined(before, came)).toEqual({
      content: 'One two',
      reasoning: 'a\n\nb',
      reasoningMs: 11,
      toolCalls: [before.toolCalls![0], { ...came.toolCalls[0], index: 1 }],
      citations: came.citations,
      images: ['b1', 'b2'],
    })
  })

  it('keeps the state for its model as long as nothing came', () => {
    const before = answer('One', { carry: { thinking_blocks: [1] } })
    expect(joined(before, { content: 'One' })).toMatchObject({ carry: { thinking_blocks: [1] } })
  })
})

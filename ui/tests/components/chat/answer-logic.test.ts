import { describe, expect, it } from 'vitest'
import { actionFor, endingOf, retryInSeconds } from '@/components/chat/answer/ending'
import { thoughtOf } from '@/components/chat/answer/reasoning'
import { pretty, summary } from '@/components/chat/answer/tools'
import { figuresOf, routeOf } from '@/components/chat/answer/usage'
import { best } from '@/components/chat/compare/meters'
import { fieldsFor, valueOf, type Field } from '@/components/chat/options/fields'
import { turnsOf } from '@/components/chat/transcript/turns'
import { message } from './samples'

describe('how an answer ended', () => {
  it.each([
    ['complete', 'stop', null],
    ['complete', 'length', 'length'],
    ['complete', 'content_filter', 'filter'],
    ['canceled', undefined, 'canceled'],
    ['interrupted', undefined, 'interrupted'],
    ['streaming', undefined, null],
  ] as const)('%s by %s', (status, finishReason, kind) => {
    const ending = endingOf(message({ status, ...(finishReason && { finishReason }) }))
    expect(ending?.kind ?? null).toBe(kind)
  })

  it('goes on only from text', () => {
    expect(endingOf(message({ status: 'canceled', content: '' }))).toMatchObject({ canContinue: false })
    expect(endingOf(message({ status: 'canceled', content: 'a' }))).toMatchObject({ canContinue: true })
  })

  const error = { code: 'x', status: 502, message: '', action: 'continue', at: 1000 } as const
  it('retries where there is nothing to continue', () => {
    expect(actionFor(error, false)).toBe('retry')
    expect(actionFor(error, true)).toBe('continue')
  })

  it('counts down to when a retry has a chance', () => {
    const limited = { ...error, retryAfterMs: 2500 }
    expect(retryInSeconds(limited, 1000)).toBe(3)
    expect(retryInSeconds(limited, 3499)).toBe(1)
    expect(retryInSeconds(limited, 3500)).toBe(0)
    expect(retryInSeconds(error, 1000)).toBe(0)
  })
})

describe('figures', () => {
  it('leave out what nobody told', () => {
    expect(figuresOf(message({}))).toEqual({ estimated: false, model: 'demo/guide' })
  })
  it('say what is an estimate', () => {
    const metrics = { startedAt: 0, tokens: 7, tokensEstimated: true }
    expect(figuresOf(message({ metrics }))).toMatchObject({ output: 7, estimated: true })
    expect(figuresOf(message({ metrics, usage: { completion_tokens: 9 } }))).toMatchObject({
      output: 9,
      estimated: false,
    })
  })
  it('name the provider once', () => {
    expect(routeOf({ provider: 'openai', model: 'gpt-5' })).toBe('openai/gpt-5')
    expect(routeOf({ provider: 'openai', model: 'openai/gpt-5' })).toBe('openai/gpt-5')
    expect(routeOf({ model: 'gpt-5' })).toBe('gpt-5')
  })
})

describe('the thought a model is at', () => {
  it.each([
    ['First I look. Then I compare the two versions.', 'Then I compare the two versions.'],
    ['I compare the versions now. So', 'I compare the versions now.'],
    ['**Weighing options**\n\nSome long text here that goes on', 'Weighing options'],
    ['# Plan\ntext', 'Plan'],
    ['', ''],
  ])('%j', (reasoning, thought) => expect(thoughtOf(reasoning)).toBe(thought))

  it('looks at the tail only', () => {
    expect(thoughtOf('x'.repeat(100_000) + '\nThe last line of it.')).toBe('The last line of it.')
  })
})

describe('tool calls', () => {
  it('say their arguments in a line', () => {
    expect(summary('{"city":"Oslo","days":3}')).toBe('city: "Oslo", days: 3')
    expect(summary('{"city":"Os')).toBe('{"city":"Os')
    expect(summary('[1,\n2]')).toBe('[1, 2]')
    expect(summary(JSON.stringify({ a: 'x'.repeat(500) })).length).toBeLessThanOrEqual(120)
  })
  it('keep what is no JSON', () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}')
    expect(pretty('plain')).toBe('plain')
  })
})

describe('turns', () => {
  const prompt = message({ id: 'u', role: 'user' })
  const first = message({ id: 'a', model: 'm/one' })
  const second = message({ id: 'b', model: 'm/two' })
  const siblings = (id: string) => (id === 'u' ? [prompt] : [first, second])

  it('know their place in the branch, what is not loaded included', () => {
    const turns = turnsOf([prompt, second], 98, siblings)
    expect(turns.map(({ number, count, last }) => [number, count, last])).toEqual([
      [99, 100, false],
      [100, 100, true],
    ])
    expect(turns[1]).toMatchObject({ version: 2, versions: 2 })
  })

  it('name the model where it changes', () => {
    const answers = [first, prompt, { ...first, id: 'c' }, prompt, second]
    expect(turnsOf(answers, 0, () => []).map(({ named }) => named)).toEqual([true, false, false, false, true])
  })

  it('stand side by side only with their own comparison', () => {
    const compared = [
      { ...first, compareId: 'x' },
      { ...second, compareId: 'x' },
      { ...first, id: 'later' },
    ]
    const [turn] = turnsOf([compared[0]!], 0, () => compared)
    expect(turn?.compared.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('meters of a comparison', () => {
  const all = [
    { ttft: 100, speed: 50, cost: 0.01 },
    { ttft: 400, speed: 200, cost: undefined },
  ]
  it('are full for the best', () => {
    expect(best('ttft', 100, all)).toBe(1)
    expect(best('ttft', 400, all)).toBe(0.25)
    expect(best('speed', 50, all)).toBe(0.25)
    expect(best('cost', 0.01, all)).toBe(1)
    expect(best('cost', 0, all)).toBe(1)
  })
})

describe('parameters', () => {
  const model = {
    id: 'a/b',
    provider: 'a',
    name: 'b',
    input: [],
    output: [],
    raw: { supported_parameters: ['temperature'] },
  }
  const names = (fields: Field[]) => fields.map(({ param }) => param)

  it('are those the model takes, those it says nothing of, and those that are set', () => {
    expect(names(fieldsFor(model, {}))).toContain('temperature')
    expect(names(fieldsFor(model, {}))).not.toContain('seed')
    expect(names(fieldsFor(model, { seed: 1 }))).toContain('seed')
    expect(names(fieldsFor(undefined, {}))).toContain('seed')
  })

  it('are read from what was typed, within their range', () => {
    const number: Field = { param: 'temperature', kind: 'number', min: 0, max: 2, step: 0.1 }
    expect(valueOf(number, '0.7')).toBe(0.7)
    expect(valueOf(number, '9')).toBe(2)
    expect(valueOf(number, 'abc')).toBeUndefined()
    expect(valueOf(number, ' ')).toBeUndefined()
    expect(valueOf({ param: 'store', kind: 'flag' }, 'false')).toBe(false)
    expect(valueOf({ param: 'stop', kind: 'list' }, 'a\n\nb\nc\nd\ne')).toEqual(['a', 'b', 'c', 'd'])
  })
})

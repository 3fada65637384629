import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { continuationOf, Joint } from '@/chat/continuation'
import { model } from './support/make'

/** Joins as the pieces come; the last is what is kept. */
function join(partial: string, pieces: string[]): string[] {
  const joint = new Joint(partial)
  const steps = pieces.map((_, i) => joint.join(pieces.slice(0, i + 1).join(''), false))
  return [...steps, joint.join(pieces.join(''), true)]
}

describe('asking to go on', () => {
  it('is a wish in words, after the answer so far', () => {
    const [soFar, wish] = continuationOf('Once ', model('a'))
    expect(soFar).toEqual({ role: 'assistant', content: 'Once ' })
    expect(wish?.role).toBe('user')
    expect(wish?.content).toContain('Continue')
  })

  it('is the bare answer for a model that goes on by itself', () => {
    const able = model('a', { supports_assistant_prefill: true })
    expect(continuationOf('Once ', able)).toEqual([{ role: 'assistant', content: 'Once' }])
  })

  it('is the question again where nothing had come', () => {
    expect(continuationOf('', model('a'))).toEqual([])
  })
})

describe('the joint of both parts', () => {
  it('adds what comes', () => {
    expect(join('The quick brown ', ['fox', ' jumps']).at(-1)).toBe('The quick brown fox jumps')
  })

  it('drops the last words said again, also while they come', () => {
    const steps = join('It was the best of times', ['of ', 'times', ', it was', ' the worst'])
    expect(steps.at(-1)).toBe('It was the best of times, it was the worst')
    expect(steps.slice(0, 2)).toEqual(['It was the best of times', 'It was the best of times'])
  })

  it('shows at once what cannot be a repetition', () => {
    expect(join('It was the best of times', ['Zounds'])[0]).toBe('It was the best of timesZounds')
  })

  it('takes two words for a repetition, but not one, nor a few letters', () => {
    expect(join('Once upon a', ['upon a', ' time']).at(-1)).toBe('Once upon a time')
    expect(join('He said no', ['no', ' more']).at(-1)).toBe('He said nono more')
    expect(join('catch a', ['h a', 'b']).at(-1)).toBe('catch ah ab')
  })

  it('loses nothing that was held back when the answer ends', () => {
    const steps = join('It was the best of times', ['of t'])
    expect(steps).toEqual(['It was the best of times', 'It was the best of timesof t'])
  })

  it('gives the same text however it comes, and only ever adds', () => {
    const text = fc.string({ maxLength: 40 })
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 6 }), (partial, pieces) => {
        const steps = join(partial, pieces)
        expect(steps.at(-1)).toBe(new Joint(partial).join(pieces.join(''), true))
        steps.forEach((step, i) => expect(step.startsWith(steps[i - 1] ?? partial)).toBe(true))
      }),
    )
  })
})

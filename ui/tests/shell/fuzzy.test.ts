import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rank, score } from '@/components/dialogs/fuzzy'

const MODELS = [
  'openai/gpt-5-mini',
  'openai/gpt-4o-mini',
  'anthropic/claude-sonnet-4-5',
  'google/gemini-3-pro',
  'mistral/mini-stral',
]
const found = (query: string) => rank(query, MODELS, (name) => name)

describe('fuzzy search', () => {
  it('puts the start of a word before its middle', () => {
    expect(rank('son', ['parson', 'claude-sonnet'], (name) => name)).toEqual(['claude-sonnet', 'parson'])
  })

  it('wants every word, in any order', () => {
    expect(found('mini gpt')).toEqual(['openai/gpt-5-mini', 'openai/gpt-4o-mini'])
    expect(found('mini claude')).toEqual([])
  })

  it('forgives what is left out between the letters', () => {
    expect(found('g4om')[0]).toBe('openai/gpt-4o-mini')
    expect(found('clsonn')).toEqual(['anthropic/claude-sonnet-4-5'])
  })

  it('finds nothing where the letters are not', () => {
    expect(found('zzz')).toEqual([])
    expect(score('xq', 'a-very-long-name-with-x-and-later-a-q')).toBe(0)
  })

  it('keeps the order for an empty query', () => {
    expect(found('  ')).toEqual(MODELS)
  })

  it('finds any text by any part of itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.nat(), fc.nat(), (text, from, length) => {
        const lower = text.toLowerCase()
        const part = lower.slice(from % lower.length).slice(0, 1 + (length % 8))
        expect(score(part, lower)).toBeGreaterThan(0)
      }),
    )
  })
})

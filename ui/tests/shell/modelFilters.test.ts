import { describe, expect, it } from 'vitest'
import { filterModels, NO_FILTERS, providersOf } from '@/components/dialogs/modelFilters'
import type { ModelInfo } from '@/domain'

function model(id: string, more: Partial<ModelInfo> = {}): ModelInfo {
  const [provider = '', name = ''] = id.split('/')
  return { id, provider, name, input: ['text'], output: ['text'], raw: {}, ...more }
}

const MODELS = [
  model('acme/large', { pricePrompt: 5, priceCompletion: 20, contextWindow: 1_000_000, input: ['text', 'image'] }),
  model('acme/small', { pricePrompt: 0.2, priceCompletion: 1, contextWindow: 128_000 }),
  model('demo/guide', { pricePrompt: 0, priceCompletion: 0 }),
  model('local/unknown'),
]
const ids = (filters: Partial<typeof NO_FILTERS>, favorites: string[] = []) =>
  filterModels(MODELS, { ...NO_FILTERS, ...filters }, new Set(favorites)).map(({ id }) => id)

describe('the list of models', () => {
  it('is filtered by what is known, never by what is not', () => {
    expect(ids({ maxPrice: 0 })).toEqual(['demo/guide'])
    expect(ids({ maxPrice: 0.5 })).toEqual(['acme/small', 'demo/guide'])
    expect(ids({ minContext: 200_000 })).toEqual(['acme/large'])
    expect(ids({ input: 'image' })).toEqual(['acme/large'])
    expect(ids({ provider: 'local' })).toEqual(['local/unknown'])
  })

  it('has the favourites first, unless somebody searches', () => {
    expect(ids({}, ['local/unknown'])[0]).toBe('local/unknown')
    expect(ids({ onlyFavorites: true }, ['acme/small'])).toEqual(['acme/small'])
    expect(ids({ query: 'acme' }, ['acme/small'])).toEqual(['acme/large', 'acme/small'])
  })

  it('is searched by name and provider', () => {
    expect(ids({ query: 'demo' })).toEqual(['demo/guide'])
  })

  it('keeps up with typing at 5,000 models', () => {
    const many = Array.from({ length: 5000 }, (_, n) => model(`provider-${n % 40}/model-${n}-instruct`))
    const search = (query: string) => filterModels(many, { ...NO_FILTERS, query }, new Set())
    search('warm')
    const before = performance.now()
    expect(search('provider-7 4447')[0]?.id).toBe('provider-7/model-4447-instruct')
    // A frame, with a margin of ten.
    expect(performance.now() - before).toBeLessThan(160)
  })

  it('names its providers once, in order', () => {
    expect(providersOf(MODELS)).toEqual(['acme', 'demo', 'local'])
  })
})

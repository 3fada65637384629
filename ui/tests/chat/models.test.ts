import { describe, expect, it, vi } from 'vitest'
import { GatewayError } from '@/api/errors'
import { accepts, createModels, modelFrom } from '@/stores/models'

const FULL = {
  id: 'openrouter/anthropic/claude',
  owned_by: 'openrouter',
  name: 'Claude',
  created: 1_700_000_000,
  context_window: 200_000,
  modalities: { input: ['text', 'image', 'file', 'smell'], output: ['text'] },
  pricing: { prompt: 3, completion: 15 },
}

describe('a model', () => {
  it('is read from an entry of the list, which is kept', () => {
    expect(modelFrom(FULL)).toEqual({
      id: 'openrouter/anthropic/claude',
      provider: 'openrouter',
      name: 'Claude',
      contextWindow: 200_000,
      pricePrompt: 3,
      priceCompletion: 15,
      created: 1_700_000_000,
      input: ['text', 'image', 'file'],
      output: ['text'],
      raw: FULL,
    })
  })

  it('may tell nothing but its id', () => {
    const raw = { id: 'fast', owned_by: 'llms', pricing: { prompt: '1' }, modalities: 'text', context_window: null }
    expect(modelFrom(raw)).toEqual({ id: 'fast', provider: 'llms', name: 'fast', input: [], output: [], raw })
  })

  it('takes what it says it takes, and perhaps anything where it says nothing', () => {
    const full = modelFrom(FULL)
    expect(accepts(full, 'image')).toBe(true)
    expect(accepts(full, 'pdf')).toBe(true)
    expect(accepts(full, 'audio')).toBe(false)
    expect(accepts(full, 'text')).toBe(true)
    expect(accepts(modelFrom({ id: 'x' }), 'image')).toBeUndefined()
    expect(accepts(undefined, 'image')).toBeUndefined()
  })
})

describe('the list of models', () => {
  it('is asked for once, also by several at a time, and again when fresh ones are wanted', async () => {
    const models = vi.fn(async () => [{ id: 'a/b' }, { nothing: 1 }])
    const store = createModels({ models })
    await Promise.all([store.load(), store.load()])
    await store.load()
    expect(models).toHaveBeenCalledTimes(1)
    expect(store.models.value.map(({ id }) => id)).toEqual(['a/b'])
    expect(store.byId('a/b')?.provider).toBe('a')
    expect(store.byId('c')).toBeUndefined()
    await store.load({ fresh: true })
    expect(models).toHaveBeenCalledTimes(2)
  })

  it('stays when the next one cannot be had, and tells why', async () => {
    const models = vi.fn(async () => [{ id: 'a/b' }])
    const store = createModels({ models }, () => 5)
    await store.load()
    models.mockRejectedValueOnce(new GatewayError({ code: 'invalid_api_key', status: 401, message: 'no key' }))
    await store.load({ fresh: true })
    expect(store.models.value).toHaveLength(1)
    expect(store.error.value).toMatchObject({ code: 'invalid_api_key', action: 'set-key', at: 5 })
    expect(store.loading.value).toBe(false)
    await store.load({ fresh: true })
    expect(store.error.value).toBeNull()
  })

  it('is asked for again after a first failure', async () => {
    const models = vi.fn(async () => [{ id: 'a' }])
    models.mockRejectedValueOnce(new TypeError('Failed to fetch'))
    const store = createModels({ models })
    await store.load()
    expect(store.error.value?.code).toBe('unreachable')
    await store.load()
    expect(store.models.value).toHaveLength(1)
  })
})

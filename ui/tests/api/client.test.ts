import { describe, expect, it, vi } from 'vitest'
import { parseBoot } from '@/api/boot'
import { createClient, xrayFrom } from '@/api/client'
import { errorBody, jsonResponse } from './support/scripted'

function clientOver(answer: (url: string, init: RequestInit) => Response | Promise<Response>, key = '') {
  const fetch = vi.fn(async (url: string, init: RequestInit = {}) => answer(url, init))
  const deps = {
    fetch: fetch as unknown as typeof globalThis.fetch,
    root: 'http://host/sub/',
    key: () => key,
    now: () => 0,
  }
  return { client: createClient(deps), fetch }
}

const REQUEST = { model: 'm', messages: [] }

describe('the boot settings', () => {
  it.each([
    ['./', 'http://host/recents', 'http://host/'],
    ['../', 'http://host/c/123', 'http://host/'],
    ['../', 'http://host/sub/path/c/1?x=1', 'http://host/sub/path/'],
    ['/', 'http://host/c/123', 'http://host/'],
  ])('with base %s at %s lead to %s', (base, address, root) => {
    expect(parseBoot(JSON.stringify({ base }), address).root).toBe(root)
  })

  it('have a default for everything', () => {
    const plain = { root: 'http://h/', version: '', needsKey: false, gateway: 'http://h/v1', defaultModel: '' }
    for (const content of [null, '', 'nonsense', '7', '{"base": 7, "needsKey": "yes"}'])
      expect(parseBoot(content, 'http://h/')).toEqual(plain)
  })
})

describe('the client', () => {
  it('posts a chat below the root, with its id and key', async () => {
    const { client, fetch } = clientOver(() => jsonResponse({}), 'secret')
    await client.chat(REQUEST, 'ui-1', new AbortController().signal)
    const [url, init] = fetch.mock.calls[0]!
    expect(url).toBe('http://host/sub/v1/chat/completions')
    expect(init!.headers).toEqual({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      'x-request-id': 'ui-1',
    })
    expect(JSON.parse(init!.body as string)).toEqual(REQUEST)
  })

  it('sends no key where there is none', async () => {
    const { client, fetch } = clientOver(() => jsonResponse({}))
    await client.chat(REQUEST, 'ui-1', new AbortController().signal)
    expect(fetch.mock.calls[0]![1]!.headers).not.toHaveProperty('authorization')
  })

  it('rejects with the error of the gateway', async () => {
    const { client } = clientOver(() => jsonResponse(errorBody('model_not_found'), { status: 404 }))
    const asked = client.chat(REQUEST, 'ui-1', new AbortController().signal)
    await expect(asked).rejects.toMatchObject({ code: 'model_not_found', status: 404 })
  })

  it('tells a gateway out of reach from an aborted call', async () => {
    const stop = new AbortController()
    const { client } = clientOver(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(client.chat(REQUEST, 'ui-1', stop.signal)).rejects.toMatchObject({ code: 'unreachable' })
    stop.abort()
    await expect(client.chat(REQUEST, 'ui-1', stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('cancels by id and never fails', async () => {
    const { client, fetch } = clientOver(() => Promise.reject(new TypeError('gone')))
    await client.cancel('a/b')
    expect(fetch.mock.calls[0]![0]).toBe('http://host/sub/v1/chat/completions/a%2Fb/cancel')
    expect(fetch.mock.calls[0]![1]).toMatchObject({ method: 'POST', keepalive: true })
  })

  it('knows a healthy gateway', async () => {
    expect(await clientOver(() => jsonResponse({})).client.healthy()).toBe(true)
    expect(await clientOver(() => jsonResponse({}, { status: 503 })).client.healthy()).toBe(false)
    expect(await clientOver(() => Promise.reject(new TypeError())).client.healthy()).toBe(false)
  })

  it('lists models, and refuses what is no list', async () => {
    const { client } = clientOver(() => jsonResponse({ data: [{ id: 'a' }, null, 7] }))
    expect(await client.models()).toEqual([{ id: 'a' }])
    await expect(clientOver(() => jsonResponse({})).client.models()).rejects.toMatchObject({ code: 'malformed' })
    await expect(clientOver(() => jsonResponse('<p>')).client.models()).rejects.toMatchObject({ code: 'malformed' })
  })

  it('has no record of a call where the gateway keeps none', async () => {
    expect(await clientOver(() => jsonResponse(errorBody('not_found'), { status: 404 })).client.call('1')).toBeNull()
    expect(await clientOver(() => jsonResponse({ id: '1' })).client.call('1')).toEqual({ id: '1' })
  })
})

describe('the headers of an answer', () => {
  it('tell who answered and how long it took', () => {
    const headers = new Headers({
      'x-request-id': 'r',
      'x-llms-provider': 'openai',
      'x-llms-model': 'gpt',
      'x-llms-attempts': '2',
      'x-llms-translation': 'dropped=seed',
      'server-timing': 'gateway;dur=1.25, upstream;desc="x";dur=30',
    })
    expect(xrayFrom(headers, 'mine')).toEqual({
      requestId: 'r',
      provider: 'openai',
      model: 'gpt',
      attempts: 2,
      translation: 'dropped=seed',
      gatewayMs: 1.25,
      upstreamMs: 30,
    })
  })

  it('may tell nothing', () => {
    expect(xrayFrom(new Headers({ 'server-timing': 'odd, x;dur=no' }), 'mine')).toEqual({ requestId: 'mine' })
  })
})

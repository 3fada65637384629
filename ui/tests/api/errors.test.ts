import { describe, expect, it } from 'vitest'
import { actionFor, asGatewayError, errorFromResponse, errorIn, GatewayError, retryAfterMs } from '@/api/errors'
import { errorBody, jsonResponse } from './support/scripted'

const NOW = Date.parse('2026-11-21T10:00:00Z')

describe('the action that helps', () => {
  it.each([
    ['invalid_api_key', 401, 'set-key'],
    ['upstream_auth', 502, 'add-provider'],
    ['model_not_found', 404, 'pick-model'],
    ['endpoint_not_supported', 404, 'pick-model'],
    ['insufficient_quota', 429, 'pick-model'],
    ['context_length_exceeded', 400, 'trim'],
    ['request_too_large', 413, 'trim'],
    ['rate_limit_exceeded', 429, 'retry'],
    ['some_new_limit', 429, 'retry'],
    ['unsupported_value', 400, 'none'],
    ['draining', 503, 'retry'],
    ['connect', 504, 'retry'],
    ['unreachable', 0, 'retry'],
  ] as const)('of %s is %s', (code, status, action) => {
    expect(actionFor(code, status, false)).toBe(action)
  })

  it.each(['connection_lost', 'idle', 'total', 'upstream_error', 'upstream_malformed', 'internal'])(
    'of %s after part of an answer is to continue it',
    (code) => expect(actionFor(code, 0, true)).toBe('continue'),
  )
})

describe('when to come back', () => {
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '120', 'retry-after': '2' }, 120],
    [{ 'retry-after': 'Sat, 21 Nov 2026 10:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%o means %s ms', (headers, expected) => {
    expect(retryAfterMs(new Headers(headers), NOW)).toBe(expected)
  })
})

describe('an answer that is an error', () => {
  it('keeps the words, code and time of the gateway', async () => {
    const response = jsonResponse(errorBody('rate_limit_exceeded', 'p/m: slow down'), {
      status: 429,
      headers: { 'retry-after': '3' },
    })
    const error = await errorFromResponse(response, NOW)
    expect(error.toChatError(NOW, false)).toEqual({
      code: 'rate_limit_exceeded',
      status: 429,
      message: 'p/m: slow down',
      action: 'retry',
      retryAfterMs: 3000,
      at: NOW,
    })
  })

  it('never shows the page of a proxy', async () => {
    const response = new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' })
    expect(await errorFromResponse(response, NOW)).toMatchObject({ code: 'http_502', message: '502 Bad Gateway' })
  })

  it('is told in many forms', () => {
    expect(errorIn({ error: 'broke' })).toMatchObject({ message: 'broke' })
    expect(errorIn({ error: { type: 'overloaded' } })).toMatchObject({ code: 'overloaded' })
    expect(errorIn({ error: {} })).toBeInstanceOf(GatewayError)
    expect(errorIn({ error: null })).toBeNull()
    expect(errorIn({ choices: [] })).toBeNull()
    expect(errorIn(null)).toBeNull()
  })

  it('of the network depends on whether the answer had begun', () => {
    expect(asGatewayError(new TypeError('Failed to fetch'), false).code).toBe('unreachable')
    expect(asGatewayError(new TypeError('network error'), true).code).toBe('connection_lost')
    expect(asGatewayError(new Error('odd'), true)).toMatchObject({ code: 'internal', message: 'odd' })
  })
})

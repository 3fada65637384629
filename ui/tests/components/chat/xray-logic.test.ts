import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '@/api/wire'
import { asCurl, asJavaScript, asPython, python, shorten } from '@/components/chat/xray/snippets'
import { waterfall } from '@/components/chat/xray/waterfall'

const BASE = 'http://host/v1'
const request: ChatRequest = {
  model: 'demo/echo',
  messages: [{ role: 'user', content: `it's "quoted"\n$HOME \\ ü 語` }],
  stream: true,
  top_p: 0.5,
}

describe('curl', () => {
  it('passes the very same body through a shell', () => {
    const script = asCurl(BASE, request).replace(/^curl /, 'printf "%s\\n" ')
    const lines = execFileSync('sh', ['-c', script], { env: { LLMS_API_KEY: 'k' } }).toString()
    expect(JSON.parse(lines.slice(lines.indexOf('{')))).toEqual(request)
    expect(lines).toContain('authorization: Bearer k')
  })
})

describe('Python', () => {
  it('writes values as Python does', () => {
    expect(python({ a: [true, null, 'x\n'], b: {} })).toBe(
      '{\n    "a": [\n        True,\n        None,\n        "x\\n",\n    ],\n    "b": {},\n}',
    )
  })
  it('keeps fields that the SDK may not know', () => {
    expect(asPython(BASE, request)).toContain('extra_body={\n        "top_p": 0.5,\n    }')
    expect(asPython(BASE, { ...request, stream: false })).toContain('completion = client')
  })
})

it('JavaScript holds the body', () => {
  expect(asJavaScript(BASE, request)).toContain(JSON.stringify(request, null, 2))
})

it('leaves long data of attachments out', () => {
  const url = `data:image/png;base64,${'A'.repeat(500)}`
  const body = {
    ...request,
    messages: [{ role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url } }] }],
  }
  expect(JSON.stringify(shorten(body))).toContain('data:image/png;base64,…')
  expect(JSON.stringify(shorten(body)).length).toBeLessThan(300)
})

describe('waterfall', () => {
  const at = { startedAt: 0 }
  it('is gapless and ends with the answer', () => {
    const bars = waterfall({ ...at, ttftMs: 300, durationMs: 1000 }, { requestId: 'r', gatewayMs: 3, upstreamMs: 280 })
    expect(bars).toEqual([
      { phase: 'gateway', startMs: 0, durationMs: 3 },
      { phase: 'upstream', startMs: 3, durationMs: 280 },
      { phase: 'network', startMs: 283, durationMs: 17 },
      { phase: 'answer', startMs: 300, durationMs: 700 },
    ])
  })
  it('guesses nothing', () => {
    expect(waterfall(undefined, undefined)).toEqual([])
    expect(waterfall({ ...at, durationMs: 50 }, { requestId: 'r' })).toEqual([
      { phase: 'waiting', startMs: 0, durationMs: 50 },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { citationsIn } from '@/chat/citations'
import { audioFrom, blobFromDataUrl, imagesIn } from '@/chat/media'
import { paramsFor, takes } from '@/chat/params'
import { errorTitle } from '@/chat/errorTitle'
import { bytesOf, model } from './support/make'

const base64 = (...bytes: number[]) => btoa(String.fromCharCode(...bytes))

describe('sources', () => {
  it('are read from every form they come in', () => {
    const nested = {
      type: 'url_citation',
      url_citation: { url: 'https://a.example/1', title: 'One', content: 'words' },
    }
    expect(citationsIn({ annotations: [nested] })).toEqual([
      { url: 'https://a.example/1', title: 'One', snippet: 'words' },
    ])
    expect(citationsIn({ citations: ['https://b.example/x'] })).toEqual([
      { url: 'https://b.example/x', title: 'b.example' },
    ])
    const result = { url: 'https://c.example/', title: 'Three', snippet: 'said', date: '2026' }
    expect(citationsIn({ search_results: [result] })).toEqual([
      { url: 'https://c.example/', title: 'Three', snippet: 'said' },
    ])
  })

  it('are named once, in the order the text counts by, with the better title', () => {
    const found = citationsIn({
      annotations: [
        { url: 'https://b.example/', title: 'Bee' },
        { url: 'https://c.example/#top', title: 'Sea' },
      ],
      citations: ['https://a.example', 'https://b.example'],
      search_results: [{ url: 'https://a.example/', title: 'Ay', snippet: 'first' }],
    })
    expect(found).toEqual([
      { url: 'https://a.example/', title: 'Ay', snippet: 'first' },
      { url: 'https://b.example/', title: 'Bee' },
      { url: 'https://c.example/#top', title: 'Sea' },
    ])
  })

  it('that lead nowhere on the web are left out', () => {
    const bad = ['javascript:alert(1)', 'data:text/html,x', 'not an address', '', 7, null, { title: 'x' }, { url: 3 }]
    expect(citationsIn({ citations: bad, annotations: 'no' })).toEqual([])
  })
})

describe('pictures', () => {
  it('become blobs, or stay addresses', async () => {
    const image = (url: unknown) => ({ type: 'image_url', image_url: { url } })
    const found = imagesIn({
      images: [
        image(`data:image/png;base64,${base64(1, 2, 3)}`),
        image('https://a.example/p.png'),
        image('javascript:alert(1)'),
        image('data:text/html;base64,PGI+'),
        image('data:image/png;base64,%%%'),
        image(7),
        null,
      ],
    })
    expect(found.blobs.map(({ type }) => type)).toEqual(['image/png'])
    expect(await bytesOf(found.blobs[0]!)).toEqual([1, 2, 3])
    expect(found.addresses).toEqual(['https://a.example/p.png'])
  })

  it('may be written as text', async () => {
    const blob = blobFromDataUrl('data:image/svg+xml;charset=utf-8,%3Csvg%2F%3E')!
    expect(blob.type).toBe('image/svg+xml')
    expect(String.fromCharCode(...(await bytesOf(blob)))).toBe('<svg/>')
    expect(blobFromDataUrl('https://a.example')).toBeNull()
  })
})

describe('sound', () => {
  it.each([
    ['audio/wav', [0x52, 0x49, 0x46, 0x46]],
    ['audio/ogg', [0x4f, 0x67, 0x67, 0x53]],
    ['audio/flac', [0x66, 0x4c, 0x61, 0x43]],
    ['audio/mpeg', [0x49, 0x44, 0x33, 4]],
    ['audio/mpeg', [0xff, 0xfb, 0x90, 0]],
  ])('is known as %s by its first bytes', async (type, bytes) => {
    const blob = audioFrom([base64(...bytes), base64(1)])!
    expect(blob.type).toBe(type)
    expect(await bytesOf(blob)).toEqual([...bytes, 1])
  })

  it('as bare samples gets the header that players want', async () => {
    const blob = audioFrom([base64(1, 0), base64(2, 0, 3, 0)])!
    const bytes = await bytesOf(blob)
    expect(blob.type).toBe('audio/wav')
    expect(bytes).toHaveLength(44 + 6)
    expect(String.fromCharCode(...bytes.slice(0, 4), ...bytes.slice(8, 16), ...bytes.slice(36, 40))).toBe(
      'RIFFWAVEfmt data',
    )
    expect(bytes.slice(40)).toEqual([6, 0, 0, 0, 1, 0, 2, 0, 3, 0])
  })

  it('may be missing or broken', () => {
    expect(audioFrom([])).toBeNull()
    expect(audioFrom([''])).toBeNull()
    expect(audioFrom(['%%%'])).toBeNull()
  })
})

describe('parameters', () => {
  const picky = model('a/b', { supported_parameters: ['temperature', 'max_tokens', 'reasoning'] })

  it('that the model does not take are not sent', () => {
    const chosen = { temperature: 1, top_p: 0.5, max_completion_tokens: 9, reasoning_effort: 'low', store: false }
    expect(paramsFor(picky, chosen)).toEqual({
      temperature: 1,
      max_completion_tokens: 9,
      reasoning_effort: 'low',
      store: false,
    })
    expect(paramsFor(model('x'), chosen)).toEqual(chosen)
    expect(paramsFor(undefined, chosen)).toEqual(chosen)
  })

  it('that make no sense here are not sent', () => {
    expect(paramsFor(undefined, { stream: true, parallel_tool_calls: true })).toEqual({})
    expect(paramsFor(undefined, { top_logprobs: 2 })).toEqual({ top_logprobs: 2, logprobs: true })
  })

  it('are known, refused or not told', () => {
    expect(takes(picky, 'temperature')).toBe(true)
    expect(takes(picky, 'top_p')).toBe(false)
    expect(takes(picky, 'store')).toBeUndefined()
    expect(takes(model('x'), 'top_p')).toBeUndefined()
  })
})

describe('the line for an error', () => {
  it('is that of its code, else of its status', () => {
    expect(errorTitle({ code: 'model_not_found', status: 404 })).toBe('There is no such model')
    expect(errorTitle({ code: 'a_code_of_a_vendor', status: 429 })).toBe('Too many requests')
    expect(errorTitle({ code: 'a_code_of_a_vendor', status: 422 })).toBe('The provider does not accept this request')
    expect(errorTitle({ code: 'http_502', status: 502 })).toBe('The provider failed')
    expect(errorTitle({ code: 'odd', status: 0 })).toBe('Something went wrong')
  })
})

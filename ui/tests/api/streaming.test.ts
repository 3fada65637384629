import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { GatewayError } from '@/api/errors'
import { accumulateChunks, processSSEStream } from '@/api/streaming'
import type { Chunk } from '@/api/wire'
import { bodyOf, chunk, cutAt, errorBody, event, script, ScriptedBody, streamResponse } from './support/scripted'

const TEXT = ['Grüße, ', '世界 ', '👩‍💻🎉', ' and “quotes”\n\nwith lines']

async function read(response: Response, signal?: AbortSignal): Promise<{ chunks: Chunk[]; error?: unknown }> {
  const chunks: Chunk[] = []
  try {
    await processSSEStream(response, (each) => chunks.push(each), signal)
    return { chunks }
  } catch (error) {
    return { chunks, error }
  }
}

const said = (chunks: Chunk[]) => chunks.map((each) => each.choices[0]?.delta.content ?? '').join('')

describe('processSSEStream', () => {
  it('reads the same chunks wherever the bytes are cut', async () => {
    const positions = fc.array(fc.nat({ max: 5000 }), { maxLength: 40 })
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
    await fc.assert(
      fc.asyncProperty(positions, lineEnd, async (cuts, end) => {
        const wire = script(TEXT).replaceAll('\n', end)
        const { chunks, error } = await read(streamResponse(cutAt(wire, cuts)))
        expect(error).toBeUndefined()
        expect(said(chunks)).toBe(TEXT.join(''))
      }),
    )
  })

  it('reads a stream that comes byte by byte, with a byte order mark, comments and fields it does not know', async () => {
    const wire =
      '\uFEFF: hello\n\nretry: 10\nid: 7\nevent: message\n' + script(TEXT).replaceAll('data: ', ': ping\ndata:')
    const bytes = [...new TextEncoder().encode(wire)].map((byte) => Uint8Array.of(byte))
    expect(said((await read(streamResponse(bytes))).chunks)).toBe(TEXT.join(''))
  })

  it('joins the data of an event that has several lines', async () => {
    const lines = JSON.stringify(chunk({ content: 'ok' }), null, 1).split('\n')
    const wire = lines.map((line) => `data: ${line}\n`).join('') + '\n' + event('[DONE]')
    expect(said((await read(streamResponse(wire))).chunks)).toBe('ok')
  })

  it('takes a last event without its empty line', async () => {
    const { chunks, error } = await read(streamResponse(script(TEXT).trimEnd()))
    expect(error).toBeUndefined()
    expect(said(chunks)).toBe(TEXT.join(''))
  })

  it('throws the error in a stream, and what came before it stays', async () => {
    const wire =
      event(chunk({ content: 'half' })) + event(errorBody('idle', 'too slow')) + event(chunk({ content: 'x' }))
    const { chunks, error } = await read(streamResponse(wire))
    expect(said(chunks)).toBe('half')
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code: 'idle', message: 'too slow' })
  })

  it.each([
    ['between two events', event(chunk({ content: 'half' }))],
    ['within an event', event(chunk({ content: 'half' })) + 'data: {"choices": [{"del'],
  ])('tells a stream that ends %s from a finished one', async (_, wire) => {
    const { chunks, error } = await read(streamResponse(wire))
    expect(said(chunks)).toBe('half')
    expect(error).toMatchObject({ code: 'connection_lost' })
  })

  it('passes a connection that breaks on', async () => {
    const body = new ScriptedBody().push(event(chunk({ content: 'half' })))
    const reading = read(streamResponse(body))
    await vi.waitFor(() => expect(body.stream.locked).toBe(true))
    await Promise.resolve()
    body.cut()
    expect((await reading).error).toBeInstanceOf(TypeError)
  })

  it.each(['{nonsense', '[1]', '"text"', '3'])('refuses the event %s', async (data) => {
    const wire = event(chunk({ content: 'half' })) + event(data) + event('[DONE]')
    expect((await read(streamResponse(wire))).error).toMatchObject({ code: 'malformed' })
  })

  it('refuses an answer without a body', async () => {
    expect((await read(new Response(null))).error).toMatchObject({ code: 'malformed' })
  })

  it('stops at [DONE], whatever follows, and lets the connection go', async () => {
    const body = new ScriptedBody().push(script(['a'])).push(event(chunk({ content: 'b' })))
    const { chunks, error } = await read(streamResponse(body))
    expect(error).toBeUndefined()
    expect(said(chunks)).toBe('a')
    expect(body.cancelled).toBe(true)
  })

  it('ends with the reason of its signal while it waits, and lets the connection go', async () => {
    const stop = new AbortController()
    const body = new ScriptedBody().push(event(chunk({ content: 'half' })))
    const reading = read(streamResponse(body), stop.signal)
    setTimeout(() => stop.abort(new DOMException('stopped', 'AbortError')))
    const { chunks, error } = await reading
    expect(said(chunks)).toBe('half')
    expect(error).toMatchObject({ name: 'AbortError', message: 'stopped' })
    expect(body.cancelled).toBe(true)
  })

  it('tells of every sign of life, comments too', async () => {
    const heard = vi.fn()
    const pieces = [': ping\n\n', ': ping\n\n', script(['a'])].map((piece) => new TextEncoder().encode(piece))
    await processSSEStream(new Response(bodyOf(pieces)), () => undefined, undefined, heard)
    expect(heard.mock.calls.length).toBeGreaterThanOrEqual(3)
  })
})

describe('accumulateChunks', () => {
  it('makes the completion that the pieces add up to', () => {
    const completion = accumulateChunks([
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'hm' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, { finish: 'length' }),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    ])
    expect(completion).toMatchObject({
      id: 'chat-1',
      object: 'chat.completion',
      model: 'small',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', reasoning_content: 'hm' },
          finish_reason: 'length',
        },
      ],
      usage: { completion_tokens: 2 },
    })
  })

  it('merges the pieces of tool calls by index, also where they come mixed', () => {
    const call = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] })
    const completion = accumulateChunks([
      call(0, { id: 'a', type: 'function', function: { name: 'look', arguments: '' } }),
      call(1, { id: 'b', type: 'function', function: { name: 'find', arguments: '{"q' } }),
      call(0, { function: { arguments: '{"x":' } }),
      call(1, { function: { arguments: '":1}' }, extra_content: { google: { thought_signature: 's' } } }),
      call(0, { function: { arguments: '2}' } }),
    ])
    expect(completion.choices[0]!.message.tool_calls).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '{"x":2}' } },
      {
        index: 1,
        id: 'b',
        type: 'function',
        function: { name: 'find', arguments: '{"q":1}' },
        extra_content: { google: { thought_signature: 's' } },
      },
    ])
  })

  it('follows tool calls without indexes by their ids', () => {
    const bare = (call: object) => chunk({ tool_calls: [call as never] })
    const completion = accumulateChunks([
      bare({ id: 'a', function: { name: 'look', arguments: '{' } }),
      bare({ function: { arguments: '}' } }),
      bare({ id: 'b', function: { name: 'find', arguments: '{}' } }),
    ])
    expect(completion.choices[0]!.message.tool_calls).toMatchObject([
      { index: 0, id: 'a', function: { name: 'look', arguments: '{}' } },
      { index: 1, id: 'b', function: { name: 'find', arguments: '{}' } },
    ])
  })

  it('gathers lists that come in parts, and keeps the last of what is repeated whole', () => {
    const completion = accumulateChunks([
      chunk({ content: 'a' }, { annotations: [{ n: 1 }], citations: ['x'] }),
      chunk({ content: 'b' }, { annotations: [{ n: 2 }], citations: ['x', 'y'], thinking_blocks: [{ t: 1 }] }),
    ])
    expect(completion.choices[0]!.message).toMatchObject({
      annotations: [{ n: 1 }, { n: 2 }],
      thinking_blocks: [{ t: 1 }],
    })
    expect(completion['citations']).toEqual(['x', 'y'])
  })

  it('survives fields of the wrong type', () => {
    const odd = { choices: [{ index: 0, delta: { content: 7, tool_calls: 'no' }, finish_reason: null }], usage: null }
    const bare = [
      { ...chunk({}), ...odd } as unknown as Chunk,
      { choices: null } as unknown as Chunk,
      chunk({ content: 'ok' }),
    ]
    expect(accumulateChunks(bare).choices[0]!.message.content).toBe('ok')
  })

  it('does not change the chunks it is given', () => {
    const chunks = [chunk({ content: 'a' }, { annotations: [1] }), chunk({ content: 'b' }, { annotations: [2] })]
    const before = structuredClone(chunks)
    accumulateChunks(chunks)
    expect(chunks).toEqual(before)
  })
})

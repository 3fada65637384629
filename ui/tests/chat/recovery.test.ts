import { beforeEach, describe, expect, it, vi } from 'vitest'
import { chunk, errorBody, event, jsonResponse, script, streamResponse, usageChunk } from '../api/support/scripted'
import { attachment } from './support/make'
import { page, failing } from './support/world'

beforeEach(() => localStorage.clear())

describe('when it fails', () => {
  it.each([
    [401, 'invalid_api_key', 'set-key'],
    [404, 'model_not_found', 'pick-model'],
    [502, 'upstream_auth', 'add-provider'],
    [503, 'draining', 'retry'],
    [504, 'first_token', 'retry'],
  ])('with %i %s, the prompt stays and the answer says what helps: %3$s', async (status, code, action) => {
    const { chat, gateway, open, shown, last } = await page()
    const id = await open()
    gateway.next(failing(status, code))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(shown()).toEqual(['user: Hi', 'assistant: '])
    expect(last()).toMatchObject({ status: 'error', error: { code, status, action } })
  })

  it('says when a retry has a chance', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(failing(429, 'rate_limit_exceeded', { 'retry-after': '7' }))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last().error).toMatchObject({ action: 'retry', retryAfterMs: 7000 })
  })

  it.each([
    ['an error in the stream', event(errorBody('idle', 'too slow')), 'idle'],
    ['a stream that ends early', '', 'connection_lost'],
    ['an event that is no JSON', 'data: {oops\n\n', 'malformed'],
  ])('in the middle by %s, what came is kept and can go on', async (_, rest, code) => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => streamResponse(event(chunk({ content: 'half' })) + rest))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'error', content: 'half', error: { code, action: 'continue' } })
  })

  it('in the middle because the gateway died, what came is kept and can go on', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    const body = gateway.hold()
    const sent = (await chat.send(id, { text: 'Hi' }))!
    body.push(event(chunk({ content: 'half' })))
    await vi.waitFor(() => expect(chat.live(last().id)?.content).toBe('half'))
    gateway.up = false
    body.cut()
    await sent.done
    expect(last()).toMatchObject({
      status: 'error',
      content: 'half',
      error: { code: 'connection_lost', action: 'continue' },
    })
  })

  it('by an answer that says nothing, it can be asked again', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => streamResponse(script([])))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'error', error: { code: 'empty_answer', action: 'retry' } })
  })

  it('because a file is gone, nothing is sent', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    await (await chat.send(id, { text: 'Hi', attachments: [attachment('image', 'nowhere.png', 'image/png')] }))!.done
    expect(last()).toMatchObject({ status: 'error', error: { code: 'attachment_lost' } })
    expect(gateway.requests).toEqual([])
  })
})

describe('where no stream can be had', () => {
  it('takes the whole answer that came instead, asking once', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => jsonResponse({ choices: [{ index: 0, message: { content: 'Whole' }, finish_reason: 'stop' }] }))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'complete', content: 'Whole' })
    expect(gateway.requests).toHaveLength(1)
  })

  it.each([
    ['a page', () => new Response('<p>proxy</p>', { headers: { 'content-type': 'text/html' } })],
    ['JSON that is no answer', () => jsonResponse({ ok: true })],
    [
      'a refusal to stream',
      () => jsonResponse({ error: { message: 'no', code: 'unsupported_value', param: 'stream' } }, { status: 400 }),
    ],
  ])('asks once more without streaming after %s', async (_, answer) => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(answer, () =>
      jsonResponse({ choices: [{ index: 0, message: { content: 'Whole' }, finish_reason: 'stop' }] }),
    )
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'complete', content: 'Whole' })
    expect(gateway.requests.map(({ stream }) => stream)).toEqual([true, false])
    expect(gateway.requests[1]).not.toHaveProperty('stream_options')
  })

  it('does not ask again after an error', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => jsonResponse(errorBody('upstream_error')))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'error', error: { code: 'upstream_error' } })
    expect(gateway.requests).toHaveLength(1)
  })
})

describe('asking again', () => {
  it('makes a sibling, with another model if wanted', async () => {
    const { chat, gateway, open, last, threads, shown } = await page()
    const id = await open()
    await (await chat.send(id, { text: 'Hi' }))!.done
    const first = last().id
    gateway.next(() => streamResponse(script(['Other'])))
    const second = await chat.regenerate(first, { model: 'demo/guide', params: { temperature: 0 } })
    await vi.waitFor(() => expect(chat.running(id)).toEqual([]))
    expect(shown()).toEqual(['user: Hi', 'assistant: Other'])
    expect(threads.siblings(second).map((message) => message.id)).toEqual([first, second])
    expect(gateway.requests[1]).toMatchObject({ model: 'demo/guide', temperature: 0, messages: [{ content: 'Hi' }] })
    expect(last().model).toBe('demo/guide')
  })

  it('after an error without text takes the same place', async () => {
    const { chat, gateway, open, last, threads } = await page()
    const id = await open()
    gateway.next(failing(500, 'upstream_error'))
    await (await chat.send(id, { text: 'Hi' }))!.done
    const failed = last().id
    expect(await chat.retry(failed)).toBe(failed)
    await vi.waitFor(() => expect(last()).toMatchObject({ status: 'complete', content: 'Hello' }))
    expect(last().error).toBeUndefined()
    expect(threads.siblings(failed)).toHaveLength(1)
  })

  it('after an error with text makes a sibling, so that the text stays', async () => {
    const { chat, gateway, open, last, threads } = await page()
    const id = await open()
    gateway.next(() => streamResponse(event(chunk({ content: 'half' }))))
    await (await chat.send(id, { text: 'Hi' }))!.done
    const failed = last().id
    const again = await chat.retry(failed)
    expect(again).not.toBe(failed)
    await vi.waitFor(() => expect(last()).toMatchObject({ id: again, status: 'complete' }))
    expect(threads.siblings(again).map(({ content }) => content)).toEqual(['half', 'Hello'])
  })

  it('after a prompt that was too long leaves out the oldest turns, and goes on leaving them out', async () => {
    const { chat, gateway, open, last, shown } = await page()
    const id = await open()
    for (const text of ['one', 'two', 'three']) await (await chat.send(id, { text }))!.done
    gateway.next(failing(400, 'context_length_exceeded'))
    await (await chat.send(id, { text: 'four' }))!.done
    expect(last().error).toMatchObject({ action: 'trim' })
    await chat.retry(last().id)
    await vi.waitFor(() => expect(last().status).toBe('complete'))
    const sent = gateway.requests.at(-1)!.messages.map(({ content }) => content)
    expect(sent.at(-1)).toBe('four')
    expect(sent.length).toBeLessThan(7)
    expect(last().xray!.trimmed).toBe(7 - sent.length)
    expect(shown()).toHaveLength(8)
    await (await chat.send(id, { text: 'five' }))!.done
    expect(gateway.requests.at(-1)!.messages).toHaveLength(sent.length + 2)
  })

  it('does not offer to trim a single message', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(failing(400, 'context_length_exceeded'))
    await (await chat.send(id, { text: 'one' }))!.done
    expect(last().error).toMatchObject({ code: 'context_length_exceeded', action: 'pick-model' })
    expect(last().error!.message).toMatch(/^\S.*\w\. Even the last message/)
  })
})

describe('editing', () => {
  it('makes another branch, and the former one stays', async () => {
    const { chat, gateway, open, shown, threads } = await page()
    const id = await open()
    const first = (await chat.send(id, { text: 'one' }))!
    await first.done
    await (await chat.send(id, { text: 'two' }))!.done
    const edited = await chat.edit(first.promptId, 'uno')
    await edited.done
    expect(shown()).toEqual(['user: uno', 'assistant: Hello'])
    expect(gateway.requests.at(-1)!.messages).toEqual([{ role: 'user', content: 'uno' }])
    await threads.selectBranch(id, first.promptId)
    expect(shown()).toEqual(['user: one', 'assistant: Hello', 'user: two', 'assistant: Hello'])
  })
})

describe('going on', () => {
  it('adds to the same message, and to what it took', async () => {
    const { chat, gateway, open, last, shown } = await page()
    const id = await open()
    const cut = [
      chunk({ content: 'Once upon a' }),
      chunk({}, { finish: 'length' }),
      usageChunk({ prompt_tokens: 5, completion_tokens: 3 }),
    ]
    gateway.next(
      () => streamResponse(cut.map(event).join('') + event('[DONE]')),
      () => streamResponse(script(['upon a', ' time'], { prompt_tokens: 9, completion_tokens: 4 })),
    )
    await (await chat.send(id, { text: 'Tell' }))!.done
    expect(last()).toMatchObject({ finishReason: 'length', status: 'complete' })
    await chat.continueAnswer(last().id)
    expect(chat.live(last().id)!.content).toBe('Once upon a')
    await vi.waitFor(() => expect(chat.running(id)).toEqual([]))
    expect(shown()).toEqual(['user: Tell', 'assistant: Once upon a time'])
    expect(last()).toMatchObject({
      finishReason: 'stop',
      usage: { prompt_tokens: 14, completion_tokens: 7 },
      metrics: { tokens: 7 },
    })
    const [prompt, partial, wish] = gateway.requests[1]!.messages
    expect([prompt!.content, partial, wish!.role]).toEqual([
      'Tell',
      { role: 'assistant', content: 'Once upon a' },
      'user',
    ])
  })

  it('after a break does not say the last words twice', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(
      () => streamResponse(event(chunk({ content: 'It was the best of times' }))),
      () => streamResponse(script(['the best', ' of times', ', it was'])),
    )
    await (await chat.send(id, { text: 'Tell' }))!.done
    expect(last().error).toMatchObject({ action: 'continue' })
    await chat.continueAnswer(last().id)
    await vi.waitFor(() => expect(chat.running(id)).toEqual([]))
    expect(last()).toMatchObject({ status: 'complete', content: 'It was the best of times, it was' })
    expect(last().error).toBeUndefined()
  })

  it('that fails loses nothing of what was there', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(
      () => streamResponse(event(chunk({ content: 'half', reasoning_content: 'hm' }))),
      failing(500, 'upstream_error'),
    )
    await (await chat.send(id, { text: 'Tell' }))!.done
    await chat.continueAnswer(last().id)
    await vi.waitFor(() => expect(chat.running(id)).toEqual([]))
    expect(last()).toMatchObject({
      status: 'error',
      content: 'half',
      reasoning: 'hm',
      error: { code: 'upstream_error', action: 'continue' },
    })
  })
})

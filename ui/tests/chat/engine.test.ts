import { beforeEach, describe, expect, it, vi } from 'vitest'
import { chunk, errorBody, event, jsonResponse, script, streamResponse } from '../api/support/scripted'
import { attachment, bytesOf } from './support/make'
import { Gateway, page, failing } from './support/world'

beforeEach(() => localStorage.clear())

describe('sending', () => {
  it('puts the prompt and the answer into the thread and keeps the answer exactly', async () => {
    const { chat, gateway, open, shown, last, threads } = await page()
    const id = await open()
    gateway.next(() =>
      streamResponse(script(['Hel', 'lo'], { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }), {
        'x-llms-provider': 'a',
        'x-llms-model': 'b',
        'x-llms-attempts': '2',
        'server-timing': 'gateway;dur=1, upstream;dur=9',
      }),
    )
    const sent = (await chat.send(id, { text: 'Hi' }))!
    expect(shown()).toEqual(['user: Hi', 'assistant: '])
    expect(last().status).toBe('streaming')
    await sent.done
    expect(shown()).toEqual(['user: Hi', 'assistant: Hello'])
    expect(last()).toMatchObject({
      id: sent.answerIds[0],
      status: 'complete',
      model: 'a/b',
      finishReason: 'stop',
      usage: { completion_tokens: 2 },
      metrics: { tokens: 2 },
      xray: { provider: 'a', model: 'b', attempts: 2, gatewayMs: 1, upstreamMs: 9 },
    })
    expect(last().xray!.requestId).toBe(gateway.headers[0]!['x-request-id'])
    expect(chat.live(last().id)).toBeUndefined()
    expect((await threads.getThread(id))?.title).toBe('Hi')
  })

  it('sends the system prompt, the branch and the parameters of the thread before those of the settings', async () => {
    const { chat, gateway, open } = await page({ settings: { temperature: 0.1, top_p: 0.9 } })
    const id = await open({ systemPrompt: 'Be brief.', params: { temperature: 1 } })
    await (await chat.send(id, { text: 'one' }))!.done
    await (await chat.send(id, { text: 'two' }))!.done
    expect(gateway.requests[1]).toMatchObject({ model: 'a/b', stream: true, temperature: 1, top_p: 0.9 })
    expect(gateway.requests[1]!.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'one'],
      ['assistant', 'Hello'],
      ['user', 'two'],
    ])
  })

  it('asks for one whole answer where streaming is off', async () => {
    const { chat, gateway, open, last } = await page({ settings: { stream: false } })
    const id = await open()
    const message = {
      role: 'assistant',
      content: 'Whole',
      reasoning_content: 'hm',
      annotations: [{ url: 'https://a.example/' }],
    }
    gateway.next(() =>
      jsonResponse({
        id: '1',
        model: 'b',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { completion_tokens: 1 },
      }),
    )
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(gateway.requests[0]).toMatchObject({ stream: false })
    expect(last()).toMatchObject({
      content: 'Whole',
      reasoning: 'hm',
      citations: [{ url: 'https://a.example/', title: 'a.example' }],
      status: 'complete',
      metrics: { tokens: 1 },
    })
  })

  it('logs what each request took', async () => {
    const { chat, gateway, open, threads } = await page()
    gateway.next(
      () => streamResponse(script(['Hi'], { prompt_tokens: 10, completion_tokens: 1 }), { 'x-llms-provider': 'a' }),
      failing(500, 'upstream_error'),
    )
    const id = await open()
    await (await chat.send(id, { text: 'one' }))!.done
    await (await chat.send(id, { text: 'two' }))!.done
    const rows = (await threads.getAllRequests()).sort((a, b) => a.at - b.at || (a.outcome < b.outcome ? -1 : 1))
    expect(rows).toMatchObject([
      { model: 'a/b', provider: 'a', promptTokens: 10, completionTokens: 1, outcome: 'complete', estimated: false },
      { model: 'a/b', promptTokens: 0, completionTokens: 0, costUsd: 0, outcome: 'error', errorCode: 'upstream_error' },
    ])
  })

  it('refuses a file the model does not take, before anything is added or sent', async () => {
    const gateway = new Gateway()
    gateway.models = [{ id: 'a/b', modalities: { input: ['text'] } }]
    const { chat, open, threads } = await page({ gateway })
    const id = await open()
    const message = { text: 'look', attachments: [attachment('image', 'cat.png', 'image/png')] }
    expect(chat.check(id, message)).toMatchObject({ code: 'unsupported_modality', action: 'pick-model' })
    expect(chat.check(id, { text: 'look' })).toBeNull()
    await expect(chat.send(id, message)).rejects.toMatchObject({ code: 'unsupported_modality' })
    expect(threads.messages.value).toEqual([])
    expect(gateway.requests).toEqual([])
  })

  it('needs a model: the thread’s, the one used last, or a demo', async () => {
    const { chat, settings, models, open, threads, gateway } = await page()
    expect(chat.modelFor({ model: 'x/y' })).toBe('x/y')
    expect(chat.modelFor(null)).toBe('demo/guide')
    settings.saveSettings({ model: 'last/one' })
    expect(chat.modelFor({ model: '' })).toBe('last/one')
    settings.saveSettings({ model: undefined })
    gateway.models = []
    await models.load({ fresh: true })
    const id = await open({ model: '' })
    await expect(chat.send(id, { text: 'Hi' })).rejects.toMatchObject({ code: 'no_model' })
    expect(threads.messages.value).toEqual([])
  })

  it('remembers the model it was sent to', async () => {
    const { chat, open, threads, settings } = await page()
    const id = await open({ model: '' })
    await (await chat.send(id, { text: 'Hi', models: ['a/b'] }))!.done
    expect((await threads.getThread(id))?.model).toBe('a/b')
    expect(settings.settings.model).toBe('a/b')
  })

  it('names a thread that began with a file after the file', async () => {
    const { chat, open, threads, shelf } = await page()
    const id = await open()
    shelf.blobs.set('cat.png', new Blob(['x'], { type: 'image/png' }))
    await (await chat.send(id, { text: '', attachments: [attachment('image', 'cat.png', 'image/png')] }))!.done
    expect((await threads.getThread(id))?.title).toBe('cat.png')
  })
})

describe('while an answer comes', () => {
  it('shows each phase, with its times', async () => {
    const { chat, gateway, open } = await page()
    const id = await open()
    const body = gateway.hold({ 'x-llms-provider': 'a', 'x-llms-model': 'b' })
    const sent = (await chat.send(id, { text: 'Hi' }))!
    const live = chat.live(sent.answerIds[0]!)!
    expect(live).toMatchObject({ phase: 'connecting', own: true, model: 'a/b' })
    expect(chat.running(id)).toEqual(sent.answerIds)
    await vi.waitFor(() => expect(live).toMatchObject({ phase: 'waiting', provider: 'a', model: 'b' }))
    body.push(event(chunk({ reasoning_content: 'hm' })))
    await vi.waitFor(() => expect(live).toMatchObject({ phase: 'thinking', reasoning: 'hm' }))
    expect(live.thinkingSince).toBeGreaterThan(0)
    body.push(event(chunk({ content: 'Let me see.' })))
    await vi.waitFor(() => expect(live).toMatchObject({ phase: 'answering', content: 'Let me see.' }))
    expect(live.thinkingSince).toBeUndefined()
    expect(live.ttftMs).toBeGreaterThanOrEqual(0)
    body.push(event(chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'look', arguments: '{"a' } }] })))
    await vi.waitFor(() => expect(live.phase).toBe('tools'))
    expect(live.toolCalls).toMatchObject([{ id: 'c', name: 'look', arguments: '{"a' }])
    body.push(event(chunk({ tool_calls: [{ index: 0, function: { arguments: '":1}' } }] }, { finish: 'tool_calls' })))
    body.push(event('[DONE]')).end()
    await sent.done
    expect(chat.running(id)).toEqual([])
  })

  it('keeps what there is at most once a second, and the end exactly', async () => {
    const { chat, gateway, open, threads, last } = await page()
    const id = await open()
    const write = vi.spyOn(threads, 'updateMessageInThread')
    const body = gateway.hold()
    const sent = (await chat.send(id, { text: 'Hi' }))!
    const began = Date.now()
    for (let i = 0; i < 40; i++) {
      body.push(event(chunk({ content: 'x' })))
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    const checkpoints = write.mock.calls.filter(([, , , options]) => options?.durable === false)
    expect(checkpoints.length).toBeGreaterThan(0)
    expect(checkpoints.length).toBeLessThanOrEqual((Date.now() - began) / 1000)
    expect(last().content.length).toBeGreaterThan(0)
    body.push(event(chunk({}, { finish: 'stop' })) + event('[DONE]')).end()
    await sent.done
    expect(last().content).toBe('x'.repeat(40))
  })

  it('is not overwritten at its end by what was kept before', async () => {
    const { chat, gateway, open, threads, hide, last } = await page()
    const id = await open()
    const update = threads.updateMessageInThread
    vi.spyOn(threads, 'updateMessageInThread').mockImplementation(async (...args) => {
      if (args[3]?.durable === false) await new Promise((resolve) => setTimeout(resolve, 100))
      return update(...args)
    })
    const body = gateway.hold()
    const sent = (await chat.send(id, { text: 'Hi' }))!
    body.push(event(chunk({ content: 'half' })))
    await vi.waitFor(() => expect(chat.live(last().id)?.content).toBe('half'))
    hide()
    body.push(event(chunk({ content: ' and all' }, { finish: 'stop' })) + event('[DONE]')).end()
    await sent.done
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(last()).toMatchObject({ status: 'complete', content: 'half and all' })
  })

  it('keeps what there is when the page is about to go', async () => {
    const { chat, gateway, open, hide, last } = await page()
    const id = await open()
    const body = gateway.hold()
    await chat.send(id, { text: 'Hi' })
    body.push(event(chunk({ content: 'half' })))
    await vi.waitFor(() => expect(chat.live(last().id)?.content).toBe('half'))
    expect(last().content).toBe('')
    hide()
    await vi.waitFor(() => expect(last().content).toBe('half'))
    expect(last().status).toBe('streaming')
    await chat.stop()
  })
})

describe('stopping', () => {
  it('keeps what has come, ends the call at the gateway, and says so', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    const body = gateway.hold()
    const sent = (await chat.send(id, { text: 'Hi' }))!
    body.push(event(chunk({ content: 'half' })))
    await vi.waitFor(() => expect(chat.live(last().id)?.content).toBe('half'))
    await chat.stop(sent.answerIds[0])
    expect(last()).toMatchObject({ status: 'canceled', content: 'half', metrics: { tokens: 1, tokensEstimated: true } })
    expect(last().error).toBeUndefined()
    expect(gateway.cancelled).toEqual([gateway.headers[0]!['x-request-id']])
    expect(body.cancelled).toBe(true)
    await sent.done
  })

  it('works before the first token and before the headers', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => new Promise<Response>(() => undefined))
    await chat.send(id, { text: 'Hi' })
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1))
    await chat.stop()
    expect(last()).toMatchObject({ status: 'canceled', content: '' })
    expect(last().metrics).toEqual({ startedAt: expect.any(Number), durationMs: expect.any(Number) })
    expect(last().xray).toEqual({ requestId: gateway.headers[0]!['x-request-id'] })
  })

  it('knows an answer that somebody ended through the gateway', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => streamResponse(event(chunk({ content: 'half' })) + event(errorBody('cancelled'))))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'canceled', content: 'half' })
  })

  it('happens by itself when the thread is deleted', async () => {
    const { chat, gateway, open, threads, hide } = await page()
    const id = await open()
    const body = gateway.hold()
    const sent = (await chat.send(id, { text: 'Hi' }))!
    body.push(event(chunk({ content: 'half' })))
    await vi.waitFor(() => expect(chat.live(sent.answerIds[0]!)?.content).toBe('half'))
    await threads.deleteThread(id)
    hide()
    await sent.done
    expect(gateway.cancelled).toHaveLength(1)
  })

  it('of an answer that is over changes nothing', async () => {
    const { chat, open, last, gateway } = await page()
    const id = await open()
    await (await chat.send(id, { text: 'Hi' }))!.done
    await chat.stop(last().id)
    expect(last().status).toBe('complete')
    expect(gateway.cancelled).toEqual([])
  })
})

describe('comparing', () => {
  it('asks up to four models at once, each its own answer, and picks one', async () => {
    const { chat, gateway, open, threads, shown } = await page()
    const id = await open()
    const bodies = [gateway.hold(), gateway.hold(), gateway.hold()]
    const models = ['a/1', 'a/2', 'a/3']
    const sent = (await chat.compare(id, { text: 'Hi', models }))!
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(3))
    expect(chat.running(id)).toEqual(sent.answerIds)
    const siblings = () => threads.siblings(sent.answerIds[0]!)
    expect(siblings().map(({ model }) => model)).toEqual(models)
    expect(new Set(siblings().map(({ compareId }) => compareId)).size).toBe(1)
    await vi.waitFor(() => expect(chat.live(sent.answerIds[1]!)!.phase).toBe('waiting'))
    bodies[0]!.push(script(['First'])).end()
    await chat.stop(sent.answerIds[1])
    bodies[2]!.push(script(['Third'])).end()
    await sent.done
    expect(siblings().map(({ status, content }) => [status, content])).toEqual([
      ['complete', 'First'],
      ['canceled', ''],
      ['complete', 'Third'],
    ])
    expect(shown()).toEqual(['user: Hi', 'assistant: First'])
    await chat.pickCompare(sent.answerIds[2]!)
    expect(shown()).toEqual(['user: Hi', 'assistant: Third'])
  })

  it('takes no more than four, and none twice', async () => {
    const { chat, gateway, open } = await page()
    const id = await open()
    const sent = (await chat.compare(id, { text: 'Hi', models: ['a', 'b', 'b', 'c', 'd', 'e'] }))!
    await sent.done
    expect(gateway.requests.map(({ model }) => model).sort()).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('what comes with an answer', () => {
  it('is stored: pictures, sound, sources, tool calls and the state for its model', async () => {
    const { chat, gateway, open, last, shelf } = await page()
    const id = await open()
    const png = `data:image/png;base64,${btoa('png')}`
    const chunks = [
      chunk({ content: 'Look' }),
      chunk({}, { images: [{ image_url: { url: png } }, { image_url: { url: 'https://a.example/p.png' } }] }),
      chunk({ audio: { id: 'x', data: btoa('ID3a'), transcript: 'spoken' } }),
      chunk({ audio: { data: btoa('b') } }),
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] }),
      chunk(
        {},
        {
          thinking_blocks: [{ signature: 's' }],
          annotations: [{ url: 'https://b.example/', title: 'B' }],
          finish: 'stop',
        },
      ),
    ]
    gateway.next(() => streamResponse(chunks.map(event).join('') + event('[DONE]')))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({
      content: 'Look\n\n![](<https://a.example/p.png>)',
      citations: [{ url: 'https://b.example/', title: 'B' }],
      audio: { transcript: 'spoken' },
      toolCalls: [{ index: 0, id: 'c', name: 'f', arguments: '{}' }],
      carry: { thinking_blocks: [{ signature: 's' }] },
    })
    const [image] = last().images!
    expect(String.fromCharCode(...(await bytesOf(shelf.blobs.get(image!)!)))).toBe('png')
    expect(String.fromCharCode(...(await bytesOf(shelf.blobs.get(last().audio!.blobId)!)))).toBe('ID3ab')
  })

  it('is read in the inspector with the gateway’s own record, where it keeps one', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(await chat.inspect(last().id)).toEqual(last().xray)
    gateway.records[last().xray!.requestId] = { attempts: [1] }
    expect(await chat.inspect(last().id)).toEqual({ ...last().xray, record: { attempts: [1] } })
  })
})

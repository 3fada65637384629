import { beforeEach, describe, expect, it, vi } from 'vitest'
import { chunk, event, script } from '../api/support/scripted'
import { createOutbox } from '@/chat/outbox'
import { createQueue } from '@/chat/queue'
import type { QueuedMessage } from '@/chat/types'
import type { Thread } from '@/domain'
import { localLocks } from '@/stores/locks'
import { attachment, textBlob } from './support/make'
import { failing, page } from './support/world'

beforeEach(() => localStorage.clear())

const idle = (chat: { running(id: string): string[] }, id: string) =>
  vi.waitFor(() => expect(chat.running(id)).toEqual([]))

describe('a message sent while the thread is busy', () => {
  it('waits its turn, after those before it', async () => {
    const { chat, gateway, open, shown } = await page()
    const id = await open()
    const body = gateway.hold()
    const first = (await chat.send(id, { text: 'one' }))!
    const queue = chat.queue(id)
    expect(await chat.send(id, { text: 'two' })).toBeNull()
    expect(await chat.send(id, { text: 'three' })).toBeNull()
    expect(queue.value.map(({ text }) => text)).toEqual(['two', 'three'])
    expect(shown()).toEqual(['user: one', 'assistant: '])
    body.push(script(['Hello'])).end()
    await first.done
    await vi.waitFor(() => expect(queue.value).toEqual([]))
    await idle(chat, id)
    expect(shown().filter((line) => line.startsWith('user'))).toEqual(['user: one', 'user: two', 'user: three'])
    expect(gateway.requests).toHaveLength(3)
    expect(gateway.requests[2]!.messages).toHaveLength(5)
  })

  it('waits even when the one before it is only about to begin', async () => {
    const { chat, open, shown } = await page()
    const id = await open()
    const sent = await Promise.all([chat.send(id, { text: 'one' }), chat.send(id, { text: 'two' })])
    expect(sent.filter(Boolean)).toHaveLength(1)
    await vi.waitFor(() => expect(chat.queue(id).value).toEqual([]))
    await idle(chat, id)
    expect(shown()).toEqual(['user: one', 'assistant: Hello', 'user: two', 'assistant: Hello'])
  })

  it('can be taken back', async () => {
    const { chat, gateway, open } = await page()
    const id = await open()
    const body = gateway.hold()
    const first = (await chat.send(id, { text: 'one' }))!
    const files = [attachment('text', 'a.txt', 'text/plain')]
    await chat.send(id, { text: 'two', attachments: files })
    const [queued] = chat.queue(id).value
    expect(await chat.unqueue(queued!.id)).toEqual({ text: 'two', attachments: files, models: ['a/b'] })
    expect(await chat.unqueue(queued!.id)).toBeNull()
    body.push(script(['Hello'])).end()
    await first.done
    await idle(chat, id)
    expect(gateway.requests).toHaveLength(1)
  })

  it('is sent when the answer before it was stopped', async () => {
    const { chat, gateway, open, shown } = await page()
    const id = await open()
    gateway.hold()
    await chat.send(id, { text: 'one' })
    await chat.send(id, { text: 'two' })
    await chat.stop()
    await vi.waitFor(() => expect(shown()).toEqual(['user: one', 'assistant: ', 'user: two', 'assistant: Hello']))
  })

  it('stays when the answer before it failed, until it is told to go', async () => {
    const { chat, gateway, open, shown, last } = await page()
    const id = await open()
    const body = gateway.hold()
    const first = (await chat.send(id, { text: 'one' }))!
    await chat.send(id, { text: 'two' })
    body.push(event(chunk({ content: 'half' }))).end()
    await first.done
    expect(last().status).toBe('error')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(chat.queue(id).value).toHaveLength(1)
    await chat.sendQueued(id)
    await vi.waitFor(() => expect(shown()).toHaveLength(4))
    await idle(chat, id)
    expect(chat.queue(id).value).toEqual([])
  })

  it('does not hold up another thread', async () => {
    const { chat, gateway, open } = await page()
    const busy = await open()
    gateway.hold()
    await chat.send(busy, { text: 'one' })
    const other = await open()
    expect(await chat.send(other, { text: 'two' })).not.toBeNull()
    await idle(chat, other)
    expect(chat.running(busy)).toHaveLength(1)
    await chat.stop()
  })

  it('survives a reload, and is sent by one of the tabs that find it', async () => {
    const one = await page()
    const id = await one.open()
    one.gateway.hold()
    await one.chat.send(id, { text: 'one' })
    await one.chat.send(id, { text: 'two' })
    one.die()
    const { profile } = one
    const two = await page({ profile })
    const three = await page({ profile })
    await two.threads.setCurrentThread(id)
    await vi.waitFor(() => expect(two.last().status).toBe('interrupted'))
    expect(two.chat.queue(id).value.map(({ text }) => text)).toEqual(['two'])
    expect(two.gateway.requests).toEqual([])
    await Promise.all([two.chat.sendQueued(id), three.chat.sendQueued(id)])
    await vi.waitFor(() => expect(two.last()).toMatchObject({ role: 'assistant', status: 'complete' }))
    expect(two.gateway.requests.length + three.gateway.requests.length).toBe(1)
  })

  it('leaves no trace of a temporary thread', async () => {
    const { chat, gateway, open } = await page()
    const id = await open({ temporary: true })
    gateway.hold()
    await chat.send(id, { text: 'one' })
    await chat.send(id, { text: 'secret' })
    expect(chat.queue(id).value).toHaveLength(1)
    expect(JSON.stringify({ ...localStorage })).not.toContain('secret')
    const [queued] = chat.queue(id).value
    await chat.unqueue(queued!.id)
    await chat.stop()
  })
})

describe('the queue', () => {
  it('sends each message once, however many tabs see that its turn has come', async () => {
    const outbox = createOutbox(localStorage, () => undefined)
    const started: string[] = []
    const start = async ({ id }: QueuedMessage) => {
      started.push(id)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { promptId: id, answerIds: [], done: Promise.resolve() }
    }
    const thread = { id: 't', leafId: null } as Thread
    const threads = { getThread: async () => thread, path: async () => [] }
    const locks = localLocks()
    const tab = () => createQueue({ outbox, threads, locks, isBusy: () => false, start })
    const [one, two] = [tab(), tab()]
    one.add({ id: 'q', threadId: 't', text: 'Hi', attachments: [], models: ['a'], at: 1 })
    await Promise.all([one.drain('t'), two.drain('t'), one.drain('t')])
    await two.drain('t')
    expect(started).toEqual(['q'])
  })
})

describe('a gateway that cannot be reached', () => {
  it('gets the message when it is back', async () => {
    const { chat, gateway, open, last, threads } = await page()
    const id = await open()
    gateway.up = false
    const sent = (await chat.send(id, { text: 'Hi' }))!
    await vi.waitFor(() =>
      expect(chat.live(sent.answerIds[0]!)).toMatchObject({ phase: 'queued', waitsFor: 'gateway' }),
    )
    await vi.waitFor(() => expect(threads.messages.value.map(({ status }) => status)).toEqual(['queued', 'queued']))
    gateway.up = true
    await sent.done
    expect(threads.messages.value.map(({ status }) => status)).toEqual(['complete', 'complete'])
    expect(last().content).toBe('Hello')
    expect(localStorage.length).toBe(0)
  })

  it('can be left: prompt and answer go, the text and its files come back', async () => {
    const { chat, gateway, open, threads, shelf } = await page()
    const id = await open()
    shelf.blobs.set('a.txt', textBlob('words'))
    gateway.up = false
    const files = [attachment('text', 'a.txt', 'text/plain')]
    const sent = (await chat.send(id, { text: 'Hi', attachments: files }))!
    await vi.waitFor(() => expect(chat.live(sent.answerIds[0]!)?.waitsFor).toBe('gateway'))
    const back = (await chat.unqueue(sent.promptId))!
    expect(back).toMatchObject({ text: 'Hi', attachments: [{ name: 'a.txt', kind: 'text' }], models: ['a/b'] })
    // The file is kept under another name: that of the deleted message is swept away.
    expect(back.attachments![0]!.blobId).not.toBe('a.txt')
    expect(await shelf.blobs.get(back.attachments![0]!.blobId)!.text()).toBe('words')
    expect(threads.messages.value).toEqual([])
    expect(localStorage.length).toBe(0)
    await sent.done
  })

  it('takes back only the new answer of a prompt that was answered before', async () => {
    const { chat, gateway, open, last, shown } = await page()
    const id = await open()
    await (await chat.send(id, { text: 'Hi' }))!.done
    gateway.up = false
    const again = await chat.regenerate(last().id)
    await vi.waitFor(() => expect(chat.live(again)?.waitsFor).toBe('gateway'))
    expect(await chat.unqueue(again)).toBeNull()
    await vi.waitFor(() => expect(shown()).toEqual(['user: Hi', 'assistant: Hello']))
  })

  it('can be given up: the answer is marked as canceled and the prompt stays', async () => {
    const { chat, gateway, open, threads } = await page()
    const id = await open()
    gateway.up = false
    const sent = (await chat.send(id, { text: 'Hi' }))!
    await vi.waitFor(() => expect(chat.live(sent.answerIds[0]!)?.waitsFor).toBe('gateway'))
    await chat.stop(sent.answerIds[0])
    expect(threads.messages.value.map(({ status }) => status)).toEqual(['complete', 'canceled'])
    expect(gateway.cancelled).toEqual([])
  })

  it('is waited for across a reload', async () => {
    const one = await page()
    const id = await one.open()
    one.gateway.up = false
    const sent = (await one.chat.send(id, { text: 'Hi' }))!
    await vi.waitFor(() => expect(one.last().status).toBe('queued'))
    one.die()
    const two = await page({ profile: one.profile })
    await two.threads.setCurrentThread(id)
    await vi.waitFor(() =>
      expect(two.last()).toMatchObject({ id: sent.answerIds[0], status: 'complete', content: 'Hello' }),
    )
    expect(two.threads.messages.value[0]!.status).toBe('complete')
    expect(localStorage.length).toBe(0)
  })

  it('is waited for by another tab when the one that did is gone', async () => {
    const one = await page()
    const id = await one.open()
    one.gateway.up = false
    await one.chat.send(id, { text: 'Hi' })
    await vi.waitFor(() => expect(one.last().status).toBe('queued'))
    const others = [await page({ profile: one.profile }), await page({ profile: one.profile })]
    for (const { threads } of others) await threads.setCurrentThread(id)
    await vi.waitFor(() => others.forEach((other) => expect(other.chat.running(id)).toHaveLength(1)))
    one.die()
    await vi.waitFor(() => others.forEach((other) => expect(other.last()).toMatchObject({ content: 'Hello' })), 5000)
    expect(others.flatMap(({ gateway }) => gateway.requests)).toHaveLength(1)
    expect(localStorage.length).toBe(0)
  })

  it('that is healthy but refuses this request is an error, not a wait', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(() => Promise.reject(new TypeError('Failed to fetch')))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last()).toMatchObject({ status: 'error', error: { code: 'unreachable', action: 'retry' } })
  })

  it('is not waited for when it answers with an error', async () => {
    const { chat, gateway, open, last } = await page()
    const id = await open()
    gateway.next(failing(503, 'draining'))
    await (await chat.send(id, { text: 'Hi' }))!.done
    expect(last().error).toMatchObject({ code: 'draining', action: 'retry' })
    expect(gateway.healthChecks).toBe(0)
  })
})

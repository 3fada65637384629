import { beforeEach, describe, expect, it, vi } from 'vitest'
import { chunk, event, script } from '../api/support/scripted'
import { Gateway, page, type Page } from './support/world'

beforeEach(() => localStorage.clear())

/** Two tabs on one thread, and an answer that the first makes. */
async function twoTabs() {
  const gateway = new Gateway()
  const one = await page({ gateway })
  const two = await page({ gateway, profile: one.profile })
  const id = await one.open()
  await two.threads.setCurrentThread(id)
  const body = gateway.hold()
  const sent = (await one.chat.send(id, { text: 'Hi' }))!
  return { gateway, one, two, id, body, sent, answerId: sent.answerIds[0]! }
}

const shows = (tab: Page, id: string, content: string) =>
  vi.waitFor(() => expect(tab.chat.live(id)?.content).toBe(content))

describe('an answer made in another tab', () => {
  it('is shown live, in the same words, and ends with its message', async () => {
    const { one, two, id, body, sent, answerId } = await twoTabs()
    body.push(event(chunk({ reasoning_content: 'hm' })) + event(chunk({ content: 'Hel' })))
    await shows(two, answerId, 'Hel')
    expect(two.chat.live(answerId)).toMatchObject({ own: false, phase: 'answering', reasoning: 'hm', model: 'a/b' })
    expect(two.chat.running(id)).toEqual([answerId])
    body.push(event(chunk({ content: 'lo' }, { finish: 'stop' })) + event('[DONE]')).end()
    await sent.done
    await vi.waitFor(() => expect(two.chat.live(answerId)).toBeUndefined())
    expect(two.last()).toMatchObject({ id: answerId, status: 'complete', content: 'Hello' })
    expect(two.shown()).toEqual(one.shown())
  })

  it('is shown by a tab that opens in the middle, from its beginning on', async () => {
    const { one, gateway, id, body, answerId } = await twoTabs()
    body.push(event(chunk({ content: 'a long ' })))
    await shows(one, answerId, 'a long ')
    const late = await page({ gateway, profile: one.profile })
    await late.threads.setCurrentThread(id)
    await shows(late, answerId, 'a long ')
    for (const word of ['and ', 'winding ', 'road']) {
      body.push(event(chunk({ content: word })))
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await shows(late, answerId, 'a long and winding road')
    await one.chat.stop()
  })

  it('is asked for once by a tab that opens while it comes fast', async () => {
    const { one, gateway, id, body, answerId } = await twoTabs()
    const late = await page({ gateway, profile: one.profile })
    const post = vi.spyOn(late.tabs, 'post')
    for (let i = 0; i < 60; i++) {
      body.push(event(chunk({ content: 'x' })))
      if (i === 20) await late.threads.setCurrentThread(id)
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await shows(late, answerId, 'x'.repeat(60))
    expect(post.mock.calls.filter(([{ kind }]) => kind === 'live-wanted')).toHaveLength(1)
    await one.chat.stop()
  })

  it('has an owner from the moment its message is stored', async () => {
    const one = await page()
    const two = await page({ profile: one.profile })
    const id = await one.open()
    const add = one.threads.addMessageToThread
    vi.spyOn(one.threads, 'addMessageToThread').mockImplementation(async (...args) => {
      const added = await add(...args)
      await two.threads.interruptOrphans()
      return added
    })
    one.gateway.hold()
    await one.chat.send(id, { text: 'Hi' })
    expect((await one.threads.allMessages(id)).at(-1)!.status).toBe('streaming')
    await one.chat.stop()
  })

  it('can be stopped from here', async () => {
    const { one, two, body, sent, answerId } = await twoTabs()
    body.push(event(chunk({ content: 'half' })))
    await shows(two, answerId, 'half')
    await two.chat.stop(answerId)
    await sent.done
    expect(one.last()).toMatchObject({ status: 'canceled', content: 'half' })
    await vi.waitFor(() => expect(two.last()).toMatchObject({ status: 'canceled', content: 'half' }))
  })

  it('is interrupted, with what was kept, when its tab is gone, and can go on here', async () => {
    const { one, two, gateway, body, answerId } = await twoTabs()
    body.push(event(chunk({ content: 'half' })))
    await shows(two, answerId, 'half')
    one.hide()
    await vi.waitFor(() => expect(one.last().content).toBe('half'))
    one.die()
    await vi.waitFor(() => expect(two.last()).toMatchObject({ status: 'interrupted', content: 'half' }))
    expect(two.chat.live(answerId)).toBeUndefined()
    gateway.next(() => new Response(script([' done']), { headers: { 'content-type': 'text/event-stream' } }))
    await two.chat.continueAnswer(answerId)
    await vi.waitFor(() => expect(two.last()).toMatchObject({ status: 'complete', content: 'half done' }))
  })

  it('keeps a message sent here waiting', async () => {
    const { one, two, id, body, sent } = await twoTabs()
    await vi.waitFor(() => expect(two.chat.running(id)).toHaveLength(1))
    expect(await two.chat.send(id, { text: 'next' })).toBeNull()
    body.push(script(['Hello'])).end()
    await sent.done
    await vi.waitFor(() =>
      expect(one.shown()).toEqual(['user: Hi', 'assistant: Hello', 'user: next', 'assistant: Hello']),
    )
    expect(one.gateway.requests).toHaveLength(2)
  })
})

describe('a page that is left in the middle of an answer', () => {
  it.each(['another tab', 'the next page'])('loses nothing that had come: %s keeps it', async (who) => {
    const { one, two, gateway, id, body, answerId } = await twoTabs()
    body.push(event(chunk({ content: 'one two' })))
    await shows(one, answerId, 'one two')
    one.leave()
    const other = who === 'the next page' ? await page({ gateway, profile: one.profile }) : undefined
    const read = async () => (await (other ?? two).threads.allMessages(id)).at(-1)
    if (other) await other.threads.setCurrentThread(id)
    await vi.waitFor(async () => expect(await read()).toMatchObject({ status: 'interrupted', content: 'one two' }))
    expect(localStorage.length).toBe(0)
  })

  it('leaves no trace of a temporary thread', async () => {
    const { chat, gateway, open, leave, last } = await page()
    const id = await open({ temporary: true })
    const body = gateway.hold()
    await chat.send(id, { text: 'Hi' })
    body.push(event(chunk({ content: 'secret' })))
    await vi.waitFor(() => expect(chat.live(last().id)?.content).toBe('secret'))
    leave()
    expect(JSON.stringify({ ...localStorage })).not.toContain('secret')
  })
})

describe('more streams than a browser can hold', () => {
  it('wait for one to end, and say so', async () => {
    const { chat, gateway, open } = await page()
    const bodies = Array.from({ length: 5 }, () => gateway.hold())
    const ids: string[] = []
    for (let i = 0; i < 6; i++) {
      const id = await open()
      ids.push((await chat.send(id, { text: `${i}` }))!.answerIds[0]!)
    }
    const sixth = ids[5]!
    await vi.waitFor(() => expect(chat.live(sixth)).toMatchObject({ phase: 'queued', waitsFor: 'stream' }))
    expect(gateway.requests).toHaveLength(5)
    bodies[2]!.push(script(['Hello'])).end()
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(6))
    await chat.stop()
  })

  it('can be stopped while they wait', async () => {
    const { chat, gateway, open, last } = await page()
    for (let i = 0; i < 5; i++) {
      gateway.hold()
      await chat.send(await open(), { text: `${i}` })
    }
    const id = await open()
    const sent = (await chat.send(id, { text: 'late' }))!
    await vi.waitFor(() => expect(chat.live(sent.answerIds[0]!)?.phase).toBe('queued'))
    await chat.stop(sent.answerIds[0])
    expect(last()).toMatchObject({ status: 'canceled' })
    expect(gateway.requests).toHaveLength(5)
    await chat.stop()
  })
})

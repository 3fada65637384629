import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import AnalyticsView from '@/views/AnalyticsView.vue'
import ProvidersView from '@/views/ProvidersView.vue'
import RecentsView from '@/views/RecentsView.vue'
import { useToast } from '@/composables/useToast'
import { settled } from '../shell/support/browser'
import { startPage, thread } from '../shell/support/page'
import type { RequestLog } from '@/domain'

// The chart draws on a canvas, which there is none of here; its table is what is looked at.
vi.mock('uplot', () => ({
  default: class {
    static paths = { bars: () => () => null }
    destroy() {}
    setSize() {}
  },
}))

let page: Awaited<ReturnType<typeof startPage>>
let wrapper: VueWrapper
beforeAll(async () => {
  page = await startPage()
  await page.store.createThread(thread('Rome in spring'))
  await page.store.createThread(thread('Sourdough'))
  const prompt = await page.store.addMessageToThread('sourdough', {
    role: 'user',
    content: 'How long must dough rest?',
  })
  await page.store.addMessageToThread('sourdough', { role: 'assistant', content: 'Overnight, in a cool place.' })
  expect(prompt.seq).toBe(0)
})
afterEach(() => wrapper.unmount())

describe('search', () => {
  async function search(query: string): Promise<void> {
    page.router.push({ name: 'recents', query })
    wrapper = mount(RecentsView, { attachTo: document.body })
    await vi.waitFor(() => expect(wrapper.get('[role="status"]').text()).toMatch(/\d|Nothing/))
  }

  it('finds words of messages and leads to the message', async () => {
    await search('overnight')
    const hit = wrapper.get('.hit')
    expect(hit.text()).toContain('Sourdough')
    expect(hit.findAll('mark').map((mark) => mark.text())).toEqual(['Overnight'])
    await hit.trigger('click')
    const [, answer] = await page.store.allMessages('sourdough')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'sourdough', messageId: answer!.id })
  })

  it('marks a title that fits and leads to the chat', async () => {
    await search('rome')
    expect(wrapper.get('.hit .title mark').text()).toBe('Rome')
    await wrapper.get('.hit').trigger('click')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'rome-in-spring' })
  })

  it('says when there is nothing, and keeps the address in step', async () => {
    await search('rome')
    await wrapper.get('input').setValue('zeppelin')
    await vi.waitFor(() => expect(wrapper.get('[role="status"]').text()).toBe('Nothing found for “zeppelin”.'))
    expect(page.router.route.value).toEqual({ name: 'recents', query: 'zeppelin' })
  })

  it('lists the chats while nothing is asked', async () => {
    page.router.push({ name: 'recents', query: '' })
    wrapper = mount(RecentsView, { attachTo: document.body })
    await settled()
    expect(wrapper.findAll('.hit')).toHaveLength(2)
  })
})

describe('usage', () => {
  const row = (id: string, more: Partial<RequestLog> = {}): RequestLog => ({
    id,
    threadId: 'sourdough',
    messageId: 'x',
    at: Date.now(),
    model: 'acme/large',
    provider: 'acme',
    promptTokens: 1000,
    completionTokens: 500,
    cachedTokens: 0,
    reasoningTokens: 0,
    estimated: false,
    costUsd: 0.25,
    durationMs: 4000,
    ttftMs: 300,
    tokensPerSecond: 80,
    outcome: 'complete',
    ...more,
  })

  it('adds up what was asked, and lists it', async () => {
    await page.store.logRequest(row('a'))
    await page.store.logRequest(
      row('b', { model: 'acme/small', costUsd: 0.05, outcome: 'error', errorCode: 'timeout' }),
    )
    wrapper = mount(AnalyticsView, { attachTo: document.body })
    await settled(20)
    const cards = Object.fromEntries(
      wrapper.findAll('.card').map((card) => [card.get('.name').text(), card.get('.value').text()]),
    )
    expect(cards).toMatchObject({
      Cost: '$0.30',
      Tokens: '3K',
      Requests: '2',
      Errors: '1 50% of all',
      Speed: '80 tok/s',
    })
    expect(wrapper.text()).toContain('timeout')
    const models = wrapper.get('section[aria-labelledby="by-model"]').findAll('tbody th')
    expect(models.map((cell) => cell.text())).toEqual(['acme/large', 'acme/small'])
  })

  it('shows by day what is pointed at with the cards', async () => {
    wrapper = mount(AnalyticsView, { attachTo: document.body })
    await settled(20)
    await wrapper.get('input[value="tokens"]').setValue(true)
    expect(wrapper.get('#by-day').text()).toBe('Tokens by day')
  })

  it('forgets a request, and takes that back', async () => {
    wrapper = mount(AnalyticsView, { attachTo: document.body })
    await settled(20)
    const rows = () => wrapper.get('section[aria-labelledby="activity"]').findAll('li')
    expect(rows()).toHaveLength(2)
    await rows()[0]!.get('button').trigger('click')
    await settled(20)
    expect(rows()).toHaveLength(1)
    await useToast().toasts.value.at(-1)!.action!.run()
    await settled(20)
    expect(rows()).toHaveLength(2)
  })

  it('says why the gateway tells nothing', async () => {
    vi.stubGlobal('fetch', async () =>
      Response.json({ error: { message: 'this gateway keeps no history', code: 'history_disabled' } }, { status: 404 }),
    )
    wrapper = mount(AnalyticsView, { attachTo: document.body })
    await settled(20)
    await wrapper.get('input[value="gateway"]').setValue(true)
    await settled(20)
    expect(wrapper.get('[role="alert"]').text()).toContain('keeps no history')
  })
})

describe('providers', () => {
  it('are listed with their state, and what could be added with its command', async () => {
    vi.stubGlobal('fetch', async () =>
      Response.json({
        data: [{ name: 'openai', status: 'error', error: 'invalid key', models: 0, configured: true }],
        available: [{ name: 'groq', title: 'Groq', key_variable: 'GROQ_API_KEY', docs: 'https://groq.example/keys' }],
      }),
    )
    wrapper = mount(ProvidersView, { attachTo: document.body })
    await settled(10)
    expect(wrapper.get('.provider').text()).toContain('Down')
    expect(wrapper.get('.provider').text()).toContain('invalid key')
    expect(wrapper.get('.available code').text()).toBe('export GROQ_API_KEY=your-key')
    expect(wrapper.get('.available a').attributes()).toMatchObject({
      href: 'https://groq.example/keys',
      rel: 'noopener noreferrer',
    })
  })

  it('that cannot be asked for are no blank page', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')))
    wrapper = mount(ProvidersView, { attachTo: document.body })
    await settled(10)
    expect(wrapper.get('[role="alert"]').text()).toContain('does not tell its providers')
  })
})

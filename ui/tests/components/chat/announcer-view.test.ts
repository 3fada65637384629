import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import Announcer from '@/components/chat/announce/Announcer.vue'
import { useSettings } from '@/stores/settings'
import { fakeChat, fakeStore, live } from './fakes'
import { message } from './samples'

let chat = fakeChat()
let store = fakeStore()
vi.mock('@/chat/chat', () => ({ useChat: () => chat }))
vi.mock('@/stores/threadStore', () => ({ useThreadStore: () => store }))

let wrapper: VueWrapper
const lines = () => wrapper.findAll('p').map((line) => line.text())

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  useSettings().resetSettings()
  chat = fakeChat()
  store = fakeStore([message({ id: 'm1', content: '', status: 'streaming' })])
  wrapper = mount(Announcer)
})
afterEach(() => {
  wrapper.unmount()
  vi.useRealTimers()
})

async function begin() {
  const answer = live({ messageId: 'm1' })
  chat.answers.set('m1', answer)
  await flushPromises()
  return answer
}

async function end(patch: Parameters<typeof message>[0]): Promise<void> {
  store.messages.value = [message({ id: 'm1', ...patch })]
  chat.answers.delete('m1')
  await flushPromises()
}

it('is a polite region that only adds', () => {
  expect(wrapper.attributes()).toMatchObject({ role: 'status', 'aria-live': 'polite', 'aria-atomic': 'false' })
})

it('says that an answer is written, and how it ended', async () => {
  await begin()
  await end({ content: 'Two words', status: 'complete' })
  expect(lines()).toEqual(['Generating', 'Complete, 2 words'])
})

it('reads sentences while they come when that is chosen', async () => {
  useSettings().saveSettings({ announce: 'sentences' })
  const answer = await begin()
  for (const content of ['One', 'One is done. Two', 'One is done. Two is', 'One is done. Two is done. Three']) {
    vi.advanceTimersByTime(1100)
    answer.content = content
    await flushPromises()
  }
  await end({ content: 'One is done. Two is done. Three', status: 'canceled' })
  expect(lines()).toEqual(['Generating', 'One is done.', 'Two is done.', 'Three', 'Stopped after 7 words'])
})

it('says nothing when switched off, and nothing of a thread that was left', async () => {
  useSettings().saveSettings({ announce: 'off' })
  await begin()
  await end({ content: 'Two words' })
  expect(lines()).toEqual([])
})

it('keeps only the last lines', async () => {
  for (let n = 0; n < 10; n++) {
    await begin()
    await end({ content: 'word '.repeat(n + 1) })
  }
  expect(lines()).toHaveLength(6)
  expect(lines().at(-1)).toBe('Complete, 10 words')
})

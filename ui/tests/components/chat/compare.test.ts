import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import CompareView from '@/components/chat/compare/CompareView.vue'
import { comparisonOpen } from '@/components/chat/answer/opened'
import { chatContextKey } from '@/components/chat/context'
import type { Turn } from '@/components/chat/transcript/turns'
import { fakeChat, fakeContext, live } from './fakes'
import { message } from './samples'

let chat = fakeChat()
const context = fakeContext()
vi.mock('@/chat/chat', () => ({ useChat: () => chat }))
vi.mock('@/markdown/MarkdownView.vue', () => ({ default: { props: ['source'], template: '<div>{{ source }}</div>' } }))

const answers = ['fast', 'slow', 'cheap'].map((name, index) =>
  message({
    id: name,
    model: `x/${name}`,
    compareId: 'c',
    content: `Answer of ${name}`,
    metrics: {
      startedAt: 0,
      ttftMs: [100, 400, 200][index]!,
      tokensPerSecond: 50,
      costUsd: [0.02, 0.03, 0.01][index]!,
    },
  }),
)
const turn = (patch: Partial<Turn> = {}): Turn => ({
  message: answers[0]!,
  number: 2,
  count: 2,
  last: true,
  version: 1,
  versions: 3,
  named: true,
  compared: answers,
  ...patch,
})

let wrapper: VueWrapper
function open(patch: Partial<Turn> = {}): void {
  wrapper = mount(CompareView, {
    props: { turn: turn(patch) },
    attachTo: document.body,
    global: { provide: { [chatContextKey as symbol]: context } },
  })
}

beforeEach(() => {
  chat = fakeChat()
  comparisonOpen.clear()
})
afterEach(() => wrapper.unmount())

it('shows each model with its answer, and the best of each figure as a full bar', () => {
  open()
  expect(wrapper.findAll('article h2').map((name) => name.text())).toEqual(['x/fast', 'x/slow', 'x/cheap'])
  const winners = wrapper.findAll('article').map((answer) => answer.findAll('.bar').map((bar) => bar.classes('winner')))
  expect(winners).toEqual([
    [true, true, false],
    [false, true, false],
    [false, true, true],
  ])
})

it('stops one answer and leaves the others', async () => {
  chat.answers.set('slow', live({ messageId: 'slow', content: 'so far' }))
  open()
  await wrapper.get('[aria-label=Stop]').trigger('click')
  expect(chat.stop.mock.calls).toEqual([['slow']])
  expect(wrapper.findAll('article')[1]!.text()).toContain('so far')
})

it('goes on with the one that is picked, and shows the others again when asked', async () => {
  open()
  await wrapper.findAll('footer .button')[1]!.trigger('click')
  await flushPromises()
  expect(chat.pickCompare).toHaveBeenCalledWith('slow')
  // The branch of another answer is another place in the list: the choice must outlive the component.
  wrapper.unmount()
  open({ message: answers[1]! })
  expect(wrapper.findAll('article')).toHaveLength(1)
  await wrapper.get('.again button').trigger('click')
  expect(wrapper.findAll('article')).toHaveLength(3)
})

it('is folded to the picked answer once the conversation has gone on', () => {
  open({ last: false })
  expect(wrapper.findAll('article')).toHaveLength(1)
  expect(wrapper.get('.again').text()).toBe('Compare 3 answers')
})

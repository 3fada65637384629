import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { defineComponent, h, nextTick, type ComponentPublicInstance } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chatContextKey, type ChatContext } from '@/components/chat/context'
import Transcript from '@/components/chat/transcript/Transcript.vue'
import type { Turn } from '@/components/chat/transcript/turns'
import type { Message } from '@/domain'
import { useSettings } from '@/stores/settings'
import { fakeChat, fakeContext, fakeStore, live } from './fakes'
import { message } from './samples'

let chat = fakeChat()
let store = fakeStore()
const rendered: string[] = []
/** The turns that rendered again, whether or not that changed the page. */
const updated: string[] = []
vi.mock('@/chat/chat', () => ({ useChat: () => chat }))
vi.mock('@/stores/threadStore', () => ({ useThreadStore: () => store }))
vi.mock('@/stores/blobs', () => ({ useBlobs: () => ({ blobUrl: async () => null, releaseUrl: () => undefined }) }))
/** Counts what the text of which message costs. */
vi.mock('@/markdown/MarkdownView.vue', () => ({
  default: defineComponent({
    props: { source: { type: String, default: '' }, streaming: Boolean, messageId: { type: String, default: '' } },
    setup: (props) => () => {
      rendered.push(props.messageId)
      return h('div', { class: 'text' }, props.source)
    },
  }),
}))

let wrapper: VueWrapper
let context: ChatContext

const countsUpdates = {
  updated(this: ComponentPublicInstance) {
    const { message: own, turn } = this.$props as { message?: Message; turn?: Turn }
    const id = own?.id ?? turn?.message.id
    if (id) updated.push(id)
  },
}

function conversation(turns: number): Message[] {
  return Array.from({ length: turns }, (_, n) =>
    message({ id: `m${n}`, role: n % 2 ? 'assistant' : 'user', content: `text ${n}` }),
  )
}

async function open(messages: Message[]): Promise<void> {
  chat = fakeChat()
  store = fakeStore(messages)
  context = fakeContext()
  wrapper = mount(Transcript, {
    attachTo: document.body,
    global: { provide: { [chatContextKey as symbol]: context }, mixins: [countsUpdates] },
  })
  await flushPromises()
  rendered.length = updated.length = 0
}

beforeEach(() => useSettings().resetSettings())
afterEach(() => wrapper.unmount())

describe('while an answer is written', () => {
  beforeEach(() => open(conversation(10)))

  it('no other turn renders, and its own does once for each change', async () => {
    const answer = live({ messageId: 'm9' })
    chat.answers.set('m9', answer)
    await nextTick()
    rendered.length = updated.length = 0
    for (let frame = 1; frame <= 20; frame++) {
      answer.content += 'word '
      answer.tokens = frame
      answer.tokensPerSecond = frame
      await nextTick()
    }
    expect(rendered).toEqual(Array(20).fill('m9'))
    expect(new Set(updated)).toEqual(new Set(['m9']))
  })

  it('a checkpoint of it renders nothing else either', async () => {
    chat.answers.set('m9', live({ messageId: 'm9', content: 'text 9' }))
    await nextTick()
    rendered.length = updated.length = 0
    const former = store.messages.value
    store.messages.value = [...former.slice(0, -1), { ...former.at(-1)!, content: 'text 9', revision: 2 }]
    await nextTick()
    expect([...rendered, ...updated].filter((id) => id !== 'm9')).toEqual([])
  })

  it('the turn is busy and the log silent', async () => {
    chat.answers.set('m9', live({ messageId: 'm9', content: 'a' }))
    await nextTick()
    expect(wrapper.get('[role=log]').attributes('aria-live')).toBe('off')
    expect(wrapper.findAll('article').map((turn) => turn.attributes('aria-busy'))).toEqual([
      ...Array(9).fill('false'),
      'true',
    ])
  })

  it('waiting shows what for, thinking shows a thought', async () => {
    const answer = live({ messageId: 'm9', phase: 'connecting' })
    store.messages.value = [
      ...store.messages.value.slice(0, -1),
      message({ id: 'm9', content: '', status: 'streaming' }),
    ]
    chat.answers.set('m9', answer)
    await nextTick()
    expect(wrapper.get('.waiting').text()).toContain('Connecting')
    answer.phase = 'thinking'
    answer.reasoning = 'I compare the two.'
    await nextTick()
    expect(wrapper.find('.waiting').exists()).toBe(false)
    expect(wrapper.get('.reasoning .head').text()).toContain('I compare the two.')
    expect(wrapper.get('.reasoning .head').attributes('aria-expanded')).toBe('false')
    answer.phase = 'answering'
    answer.content = 'So'
    answer.reasoningMs = 2000
    await nextTick()
    expect(wrapper.get('.reasoning .head').text()).toBe('Thought for 2 s')
  })
})

describe('turns', () => {
  it('are articles, labelled by author and number, that know their place', async () => {
    await open(conversation(4))
    store.earlier.value = 96
    await nextTick()
    const turn = wrapper.findAll('article')[1]!
    expect(turn.attributes('aria-posinset')).toBe('98')
    expect(turn.attributes('aria-setsize')).toBe('100')
    const heading = document.getElementById(turn.attributes('aria-labelledby')!)
    expect(heading?.tagName).toBe('H2')
    expect(heading?.textContent).toBe('demo/guide, turn 98')
  })

  it('can be walked with the keyboard', async () => {
    await open(conversation(4))
    const walk = (step: -1 | 1) => (wrapper.vm as unknown as { walk(step: number): boolean }).walk(step)
    const focused = () => document.activeElement?.getAttribute('data-message-id')
    wrapper.get<HTMLElement>('[data-message-id=m1] [data-action=copy]').element.focus()
    expect(walk(1)).toBe(true)
    await flushPromises()
    expect(focused()).toBe('m2')
    walk(-1)
    await flushPromises()
    expect(focused()).toBe('m1')
    wrapper.get<HTMLElement>('[data-message-id=m3]').element.focus()
    expect(walk(1)).toBe(false)
    expect(focused()).toBe('m3')
  })

  it('keep all their actions in focus order', async () => {
    await open(conversation(2))
    const names = (turn: number) =>
      wrapper
        .findAll('article')
        [turn]!.findAll('.actions button')
        .map((button) => button.attributes('aria-label'))
    expect(names(0)).toEqual(['Copy', 'Edit', 'Delete'])
    expect(names(1)).toEqual([
      'Copy',
      'Regenerate',
      'Regenerate with another model',
      'Continue',
      'What happened (X-ray)',
      'Delete',
    ])
  })
})

describe('what a turn asks for', () => {
  const act = (name: string) => wrapper.get(`[data-action="${name}"]`).trigger('click')
  beforeEach(() => open([message({ id: 'm1' })]))

  it.each([
    ['regenerate', () => chat.regenerate, ['m1']],
    ['continue', () => chat.continueAnswer, ['m1']],
    ['copy', () => context.copy, ['Hello']],
    ['inspect', () => context.inspect, ['m1']],
  ] as const)('%s', async (name, called, args) => {
    await act(name)
    expect(called()).toHaveBeenCalledWith(...args)
  })

  it('another model, asked of the reader first', async () => {
    await act('regenerate-with')
    await flushPromises()
    expect(context.pickModel).toHaveBeenCalledWith('demo/guide')
    expect(chat.regenerate).toHaveBeenCalledWith('m1', { model: 'other/model' })
    vi.mocked(context.pickModel).mockResolvedValueOnce(null)
    chat.regenerate.mockClear()
    await act('regenerate-with')
    await flushPromises()
    expect(chat.regenerate).not.toHaveBeenCalled()
  })
})

it('tells when what was asked for cannot be done', async () => {
  await open([message({ id: 'm1' })])
  const refusal = new Error('no such model')
  chat.regenerate.mockRejectedValueOnce(refusal)
  await wrapper.get('[data-action=regenerate]').trigger('click')
  await flushPromises()
  expect(context.fail).toHaveBeenCalledWith(refusal)
})

describe('an answer that was stopped', () => {
  it('says so, with its figures, and goes on when asked', async () => {
    await open([
      message({
        id: 'm1',
        status: 'canceled',
        metrics: { startedAt: 0, tokens: 412, durationMs: 6300 },
      }),
    ])
    expect(wrapper.get('.assistant-message .error-status').text()).toMatch(/^Stopped · 412 tokens · 6.3 ?s · canceled/)
    await wrapper.get('.ending button').trigger('click')
    expect(chat.continueAnswer).toHaveBeenCalledWith('m1')
  })

  it('before its first word is asked for again', async () => {
    await open([message({ id: 'm1', content: '', status: 'canceled' })])
    await wrapper.get('.ending button').trigger('click')
    expect(chat.regenerate).toHaveBeenCalledWith('m1')
  })
})

it('shows what an answer took inside of it', async () => {
  await open([
    message({
      usage: { prompt_tokens: 1200, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 1000 } },
      metrics: { startedAt: 0, ttftMs: 420, tokensPerSecond: 48.2, costUsd: 0.0012 },
      xray: { requestId: 'r', provider: 'demo', model: 'guide' },
    }),
  ])
  expect(wrapper.get('.assistant-message .usage').text().replace(/\s+/g, ' ')).toBe(
    'Usage:1,200 in · 1,000 cached · 30 out · $0.0012 · 420 ms to first token · 48 tok/s · demo/guide',
  )
})

it('edits a prompt where it stands and gives the focus back', async () => {
  await open([message({ id: 'u1', role: 'user', content: 'Question' })])
  await wrapper.get('[data-action=edit]').trigger('click')
  await vi.dynamicImportSettled()
  const field = wrapper.get('textarea')
  expect((field.element as HTMLTextAreaElement).value).toBe('Question')
  await field.trigger('keydown', { key: 'Escape' })
  expect(context.focusAction).toHaveBeenCalledWith('u1', 'edit')
  await wrapper.get('[data-action=edit]').trigger('click')
  await flushPromises()
  await wrapper.get('textarea').setValue('Better question')
  await wrapper.get('form.editor').trigger('submit')
  await flushPromises()
  expect(chat.edit).toHaveBeenCalledWith('u1', 'Better question', [])
  expect(context.editing.value).toBeNull()
})

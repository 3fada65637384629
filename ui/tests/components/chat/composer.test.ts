import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { computed, ref, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chatContextKey } from '@/components/chat/context'
import ChatPrompt from '@/components/chat/composer/ChatPrompt.vue'
import type { ChatPrompt as Prompt } from '@/components/chat/composer/useChatPrompt'
import { MOST_AS_TEXT } from '@/components/chat/composer/files'
import { useToast } from '@/composables/useToast'
import type { Attachment, ModelInfo } from '@/domain'
import { useSettings } from '@/stores/settings'
import { fakeChat, fakeContext, live } from './fakes'

const chat = fakeChat()
const models = shallowRef<ModelInfo[]>([])
const prompts = shallowRef([
  { id: '1', name: 'sum', title: 'Summarise', text: 'Sum this up:', kind: 'prompt', updatedAt: 0 },
  { id: '2', name: 'mail', title: 'Mail', text: 'Mail to {{who}}', kind: 'prompt', updatedAt: 0 },
])
vi.mock('@/chat/chat', () => ({ useChat: () => chat }))
vi.mock('@/stores/models', () => ({ useModels: () => ({ models, byId: () => undefined }), accepts: () => undefined }))
vi.mock('@/stores/prompts', () => ({ usePrompts: () => ({ prompts, loadPrompts: async () => prompts.value }) }))
vi.mock('@/stores/blobs', () => ({ useBlobs: () => ({ blobUrl: async () => null, releaseUrl: () => undefined }) }))
vi.mock('@/components/chat/threadOptions', () => ({
  useThreadOptions: () => ({ params: ref({}), systemPrompt: ref(''), setModel: vi.fn() }),
}))

let prompt: Prompt
let wrapper: VueWrapper
let field: HTMLTextAreaElement

function fakePrompt(): Prompt {
  const text = ref('')
  return {
    text,
    attachments: shallowRef<Attachment[]>([]),
    asked: ref([]),
    refused: shallowRef([]),
    failure: ref(''),
    threadId: ref('t1'),
    targets: computed(() => ['demo/guide']),
    running: computed(() => chat.running()),
    held: computed(() => chat.held()),
    queue: computed(() => chat.queued.value),
    isEmpty: computed(() => !text.value.trim()),
    problems: computed(() => []),
    canSend: computed(() => text.value.trim() !== ''),
    addFiles: vi.fn(async () => []),
    removeAttachment: vi.fn(),
    attachText: vi.fn(async () => () => undefined),
    ask: vi.fn(),
    compareWith: vi.fn(),
    unask: vi.fn(),
    sendMessage: vi.fn(async () => 'p'),
    takeBack: vi.fn(),
    unqueue: vi.fn(async () => undefined),
    stop: vi.fn(async () => []),
    saveDraft: vi.fn(),
  } as unknown as Prompt
}

beforeEach(() => {
  chat.answers.clear()
  useSettings().resetSettings()
  models.value = ['demo/guide', 'demo/echo', 'x/large'].map((id) => ({
    id,
    provider: id.split('/')[0]!,
    name: id,
    input: [],
    output: [],
    raw: {},
  }))
  prompt = fakePrompt()
  wrapper = mount(ChatPrompt, {
    props: { prompt },
    attachTo: document.body,
    global: { provide: { [chatContextKey as symbol]: fakeContext() } },
  })
  field = wrapper.get<HTMLTextAreaElement>('[data-testid=chat-input]').element
})
afterEach(() => wrapper.unmount())

async function type(text: string): Promise<void> {
  field.value = text
  field.setSelectionRange(text.length, text.length)
  await wrapper.get('textarea').trigger('input')
}
const press = (key: string, init: object = {}) => wrapper.get('textarea').trigger('keydown', { key, ...init })

describe('Enter', () => {
  it('sends, and tells what was sent', async () => {
    await type('Hello')
    await press('Enter')
    expect(prompt.sendMessage).toHaveBeenCalledOnce()
    await flushPromises()
    expect(wrapper.emitted('sent')).toEqual([['p']])
  })

  it('belongs to the input method while it composes, in Safari too', async () => {
    await type('こん')
    await press('Enter', { isComposing: true })
    await press('Enter', { keyCode: 229 })
    expect(prompt.sendMessage).not.toHaveBeenCalled()
  })

  it('makes a new line where Ctrl-Enter is chosen to send', async () => {
    useSettings().saveSettings({ enterSends: 'ctrl-enter' })
    await type('Hello')
    await press('Enter')
    expect(prompt.sendMessage).not.toHaveBeenCalled()
    await press('Enter', { ctrlKey: true })
    expect(prompt.sendMessage).toHaveBeenCalledOnce()
  })
})

describe('the button', () => {
  const button = () => wrapper.get('.go')

  it('is one and the same for sending and stopping, so that the focus stays', async () => {
    const element = button().element
    expect(element.getAttribute('data-testid')).toBe('send-button')
    ;(element as HTMLElement).focus()
    chat.answers.set('m1', live())
    await flushPromises()
    expect(button().element).toBe(element)
    expect(element.getAttribute('data-testid')).toBe('cancel-button')
    expect(element.getAttribute('aria-label')).toBe('Stop')
    expect(document.activeElement).toBe(element)
  })

  it('does not stop by the second click of a double click', async () => {
    chat.answers.set('m1', live())
    await flushPromises()
    await button().trigger('click', { detail: 2 })
    expect(prompt.stop).not.toHaveBeenCalled()
    await button().trigger('click', { detail: 1 })
    expect(prompt.stop).toHaveBeenCalledOnce()
  })

  it('leaves a way to queue while an answer is written', async () => {
    chat.answers.set('m1', live())
    await type('next')
    await wrapper.get('form').trigger('submit')
    expect(prompt.sendMessage).toHaveBeenCalledOnce()
  })
})

describe('Escape', () => {
  it('closes the suggestions first, then stops', async () => {
    chat.answers.set('m1', live())
    await type('/')
    await press('Escape')
    expect(prompt.stop).not.toHaveBeenCalled()
    expect(wrapper.find('[role=listbox]').exists()).toBe(false)
    await press('Escape')
    expect(prompt.stop).toHaveBeenCalledOnce()
  })
})

describe('arrow up', () => {
  it('edits the last prompt, only from an empty composer', async () => {
    await type('text')
    await press('ArrowUp')
    expect(wrapper.emitted('editLast')).toBeUndefined()
    await type('')
    await press('ArrowUp')
    expect(wrapper.emitted('editLast')).toHaveLength(1)
  })
})

describe('paste', () => {
  const paste = (data: { text?: string; files?: File[] }) => {
    const event = new Event('paste', { bubbles: true, cancelable: true })
    Object.assign(event, { clipboardData: { files: data.files ?? [], getData: () => data.text ?? '' } })
    field.dispatchEvent(event)
    return event
  }

  it('of a picture attaches it', () => {
    const file = new File(['x'], 'shot.png', { type: 'image/png' })
    expect(paste({ files: [file] }).defaultPrevented).toBe(true)
    expect(prompt.addFiles).toHaveBeenCalledWith([file])
  })

  it('of cells keeps the text although a picture of them comes along', () => {
    const event = paste({ files: [new File(['x'], 'cells.png', { type: 'image/png' })], text: 'a\tb' })
    expect(event.defaultPrevented).toBe(false)
    expect(prompt.addFiles).not.toHaveBeenCalled()
  })

  it('of a long text makes a file, of a short one does not', () => {
    expect(paste({ text: 'short' }).defaultPrevented).toBe(false)
    expect(paste({ text: 'x'.repeat(9000) }).defaultPrevented).toBe(true)
    expect(prompt.attachText).toHaveBeenCalledWith('x'.repeat(9000), 'pasted.txt')
  })

  it('of a text that would hold up the page cannot be undone into text', async () => {
    const offered = () => useToast().toasts.value.at(-1)?.action?.label
    paste({ text: 'x'.repeat(9000) })
    await flushPromises()
    expect(offered()).toBe('Insert as text')
    paste({ text: 'x'.repeat(MOST_AS_TEXT + 1) })
    await flushPromises()
    expect(offered()).toBeUndefined()
  })
})

describe('suggestions', () => {
  const options = () => wrapper.findAll('[role=option]').map((option) => option.text())

  it('of prompts come with a slash; Enter takes one instead of sending', async () => {
    await type('/su')
    expect(options()).toEqual(['/sumSummarise'])
    await press('Enter')
    await flushPromises()
    expect(prompt.text.value).toBe('Sum this up:')
    expect(prompt.sendMessage).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(field)
  })

  it('ask for the variables of a prompt', async () => {
    await type('/mail')
    await press('Tab')
    await vi.dynamicImportSettled()
    const form = wrapper.get('form.variables')
    await form.get('input').setValue('Ada')
    await form.trigger('submit')
    await flushPromises()
    expect(prompt.text.value).toBe('Mail to Ada')
  })

  it('of models come with an at sign and are told to the text field', async () => {
    await type('ask @demo')
    expect(options()).toEqual(['demo/guide', 'demo/echo'])
    await press('ArrowDown')
    const active = field.getAttribute('aria-activedescendant')
    expect(document.getElementById(active!)?.textContent).toContain('demo/echo')
    await press('Enter')
    await flushPromises()
    expect(prompt.ask).toHaveBeenCalledWith('demo/echo')
    expect(prompt.text.value).toBe('ask')
  })
})

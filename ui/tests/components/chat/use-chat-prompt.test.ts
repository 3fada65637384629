import { flushPromises } from '@vue/test-utils'
import { computed, effectScope, ref, type EffectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDrafts, type Draft } from '@/components/chat/composer/drafts'
import { createChatPrompt, type ChatPrompt } from '@/components/chat/composer/useChatPrompt'
import type { ThreadOptions } from '@/components/chat/threadOptions'
import type { ModelInfo } from '@/domain'
import { attachment, fakeChat, fakeStore, live, thread } from './fakes'

let chat: ReturnType<typeof fakeChat>
let store: ReturnType<typeof fakeStore>
let known: Map<string, ModelInfo>
let stored: Map<string, string>
let scope: EffectScope
let prompt: ChatPrompt
let setModel: ReturnType<typeof vi.fn<(id: string) => void>>

const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
}

function open(): ChatPrompt {
  const model = ref('demo/guide')
  const options = {
    model: computed(() => model.value),
    setModel,
    ensureThread: async () => {
      store.currentThread.value ??= thread({ id: 'new' })
      return store.currentThread.value
    },
  } as unknown as ThreadOptions
  let blobs = 0
  scope = effectScope()
  return scope.run(() =>
    createChatPrompt({
      store,
      chat,
      options,
      models: { byId: (id) => known.get(id) },
      blobs: {
        putBlob: async (blob, putOptions) =>
          attachment({ blobId: `b${blobs++}`, name: putOptions?.name ?? '', size: blob.size, type: blob.type }),
      },
      drafts: createDrafts(storage),
    }),
  )!
}

beforeEach(() => {
  vi.useFakeTimers()
  chat = fakeChat()
  store = fakeStore()
  known = new Map()
  stored = new Map()
  setModel = vi.fn()
  prompt = open()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

const drafts = () => new Map<string, Draft>(JSON.parse(stored.get('llms.drafts') ?? '[]'))

describe('sending', () => {
  it('empties the composer at once, before anything answers', () => {
    prompt.text.value = 'Hello'
    void prompt.sendMessage()
    expect(prompt.text.value).toBe('')
  })

  it('hands over text, files and model, and forgets the draft', async () => {
    prompt.text.value = 'Hello'
    await prompt.addFiles([new File(['abc'], 'a.txt', { type: 'text/plain' })])
    expect(await prompt.sendMessage()).toBe('p')
    expect(chat.send).toHaveBeenCalledWith('t1', {
      text: 'Hello',
      attachments: [expect.objectContaining({ name: 'a.txt', kind: 'text' })],
      models: ['demo/guide'],
    })
    await vi.advanceTimersByTimeAsync(1000)
    expect(drafts().size).toBe(0)
  })

  it('puts everything back, with what was typed since, when it fails', async () => {
    chat.send.mockRejectedValueOnce(new Error('no such model'))
    prompt.text.value = 'Hello'
    await prompt.addFiles([new File(['abc'], 'a.txt')])
    const sending = prompt.sendMessage()
    prompt.text.value = 'and more'
    await sending
    expect(prompt.text.value).toBe('Hello\nand more')
    expect(prompt.attachments.value).toHaveLength(1)
    expect(prompt.failure.value).toBe('no such model')
  })

  it('does nothing without text or files, and not twice at a time', async () => {
    prompt.text.value = '  '
    await prompt.sendMessage()
    expect(chat.send).not.toHaveBeenCalled()
    prompt.text.value = 'once'
    const first = prompt.sendMessage()
    prompt.text.value = 'twice'
    expect(prompt.canSend.value).toBe(false)
    await first
    expect(prompt.canSend.value).toBe(true)
    expect(prompt.text.value).toBe('twice')
  })

  it('refuses before sending what the model cannot read', async () => {
    known.set('demo/guide', { id: 'demo/guide', provider: 'demo', name: 'guide', input: ['text'], output: [], raw: {} })
    prompt.text.value = 'look'
    await prompt.addFiles([new File(['x'], 'cat.png', { type: 'image/png' })])
    expect(prompt.problems.value).toEqual([
      { code: 'modality', modality: 'image', model: 'demo/guide', names: ['cat.png'] },
    ])
    await prompt.sendMessage()
    expect(chat.send).not.toHaveBeenCalled()
  })

  it('begins a thread and keeps what is typed meanwhile', async () => {
    scope.stop()
    store.currentThread.value = null
    prompt = open()
    prompt.text.value = 'first'
    const sending = prompt.sendMessage()
    prompt.text.value = 'next'
    await sending
    expect(chat.send).toHaveBeenCalledWith('new', expect.objectContaining({ text: 'first' }))
    expect(prompt.text.value).toBe('next')
  })
})

describe('several models', () => {
  it('are compared, four at most, and stay for the next message', async () => {
    for (const model of ['a/1', 'a/2', 'a/3', 'a/4']) prompt.compareWith(model)
    expect(prompt.targets.value).toEqual(['demo/guide', 'a/1', 'a/2', 'a/3'])
    prompt.text.value = 'Hello'
    await prompt.sendMessage()
    expect(chat.compare).toHaveBeenCalledWith('t1', expect.objectContaining({ models: prompt.targets.value }))
    expect(prompt.asked.value).toHaveLength(4)
  })

  it('one that is left becomes the model of the thread', () => {
    prompt.compareWith('a/1')
    prompt.unask('demo/guide')
    expect(setModel).toHaveBeenCalledWith('a/1')
    expect(prompt.asked.value).toEqual([])
  })

  it('a single mention counts for one message', async () => {
    prompt.ask('a/1')
    prompt.text.value = 'Hello'
    await prompt.sendMessage()
    expect(chat.send).toHaveBeenCalledWith('t1', expect.objectContaining({ models: ['a/1'] }))
    expect(prompt.targets.value).toEqual(['demo/guide'])
  })
})

describe('a draft', () => {
  it('is written soon after typing, with its files', async () => {
    prompt.text.value = 'half a thou'
    await prompt.addFiles([new File(['abc'], 'a.txt')])
    await vi.advanceTimersByTimeAsync(400)
    expect(drafts().get('t1')).toMatchObject({ text: 'half a thou', attachments: [{ name: 'a.txt' }] })
    expect(store.updateThread).toHaveBeenCalledWith('t1', { draft: 'half a thou' })
  })

  it('is written at once when the page goes', () => {
    prompt.text.value = 'half'
    window.dispatchEvent(new Event('pagehide'))
    expect(drafts().get('t1')?.text).toBe('half')
  })

  it('belongs to its thread', () => {
    prompt.text.value = 'for one'
    store.currentThread.value = thread({ id: 't2', draft: 'from elsewhere' })
    expect(prompt.text.value).toBe('from elsewhere')
    prompt.text.value = 'for two'
    store.currentThread.value = thread({ id: 't1' })
    expect(prompt.text.value).toBe('for one')
    scope.stop()
    expect(drafts().get('t2')?.text).toBe('for two')
  })

  it('of a temporary chat leaves no trace', async () => {
    store.currentThread.value = thread({ id: 't3', temporary: true })
    prompt.text.value = 'secret'
    store.currentThread.value = thread({ id: 't1' })
    await flushPromises()
    expect(JSON.stringify([...stored])).not.toContain('secret')
    expect(store.updateThread).not.toHaveBeenCalledWith('t3', expect.anything())
    store.currentThread.value = thread({ id: 't3', temporary: true })
    expect(prompt.text.value).toBe('secret')
  })
})

describe('while an answer is written', () => {
  it('all of its runs are stopped', async () => {
    chat.answers.set('m1', live())
    chat.answers.set('m2', live({ messageId: 'm2' }))
    await prompt.stop()
    expect(chat.stop.mock.calls).toEqual([['m1'], ['m2']])
  })

  it('a queued message comes back into the composer', async () => {
    prompt.text.value = 'other'
    await prompt.unqueue('q1')
    expect(prompt.text.value).toBe('taken back\nother')
  })
})

describe('files', () => {
  it('long text becomes one, and text again', async () => {
    prompt.text.value = 'see: '
    const back = await prompt.attachText('x'.repeat(9000), 'pasted.txt')
    expect(prompt.attachments.value[0]).toMatchObject({ name: 'pasted.txt', size: 9000 })
    back()
    expect(prompt.attachments.value).toEqual([])
    expect(prompt.text.value).toHaveLength(9005)
    back()
    expect(prompt.text.value).toHaveLength(9005)
  })

  it('that cannot be taken are told by name, the others are taken', async () => {
    await prompt.addFiles([new File([], 'empty.txt'), new File(['x'], 'good.txt')])
    expect(prompt.refused.value).toEqual([{ code: 'empty', name: 'empty.txt' }])
    expect(prompt.attachments.value.map(({ name }) => name)).toEqual(['good.txt'])
  })
})

import { ref } from 'vue'
import { beforeEach, expect, it, vi } from 'vitest'
import { createThreadOptions, type ThreadOptions } from '@/components/chat/threadOptions'
import type { useSettings } from '@/stores/settings'
import type { ThreadStore } from '@/stores/contract'
import { fakeChat, fakeStore, thread } from './fakes'

let store: ReturnType<typeof fakeStore>
let options: ThreadOptions
const saveSettings = vi.fn()
const temporary = ref(false)

beforeEach(() => {
  store = fakeStore([], null)
  saveSettings.mockClear()
  temporary.value = false
  options = createThreadOptions({
    store: store as unknown as ThreadStore,
    settings: { settings: {}, saveSettings } as unknown as ReturnType<typeof useSettings>,
    models: { byId: () => undefined },
    chat: fakeChat(),
    temporary: () => temporary.value,
  })
})

it('keeps what is chosen for a conversation that has not begun, and begins it with that', async () => {
  options.setSystemPrompt('Be brief.')
  options.setParams({ temperature: 0.2, seed: 7 })
  expect(options.systemPrompt.value).toBe('Be brief.')
  await options.ensureThread()
  expect(store.createThread).toHaveBeenCalledWith({
    model: 'demo/guide',
    systemPrompt: 'Be brief.',
    params: { temperature: 0.2, seed: 7 },
  })
  expect(store.setCurrentThread).toHaveBeenCalledWith('new')
  // The next conversation begins plain.
  expect(options.systemPrompt.value).toBe('')
  expect(options.params.value).toEqual({})
})

it('begins a temporary conversation where one was asked for', async () => {
  temporary.value = true
  await options.ensureThread()
  expect(store.createThread).toHaveBeenCalledWith(expect.objectContaining({ temporary: true }))
})

it('changes the open conversation, and takes a parameter away by undefined', async () => {
  store.currentThread.value = thread({ params: { temperature: 1, seed: 7 } })
  options.setParams({ temperature: undefined })
  expect(store.updateThread).toHaveBeenCalledWith('t1', { params: { seed: 7 } })
  expect(await options.ensureThread()).toBe(store.currentThread.value)
  expect(store.createThread).not.toHaveBeenCalled()
})

it('remembers the model for the next conversation as well', () => {
  store.currentThread.value = thread()
  options.setModel('x/new')
  expect(saveSettings).toHaveBeenCalledWith({ model: 'x/new' })
  expect(store.updateThread).toHaveBeenCalledWith('t1', { model: 'x/new' })
})

import { File } from 'node:buffer'
import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import ImportDialog from '@/components/dialogs/ImportDialog.vue'
import { useShell } from '@/composables/useShell'
import { useToast } from '@/composables/useToast'
import { settled } from './support/browser'
import { startPage, thread } from './support/page'

const EXPORT = {
  exportedAt: '2026-11-01T00:00:00Z',
  version: '1.0',
  source: 'llmspy',
  threadCount: 2,
  threads: ['1761991200000', '1761991300000'].map((id, n) => ({
    id,
    title: `Chat ${n + 1}`,
    model: 'acme/large',
    createdAt: '2026-11-01T10:00:00Z',
    updatedAt: '2026-11-01T10:00:00Z',
    messages: [
      { id: `${id}-1`, role: 'user', content: 'Hello', timestamp: '2026-11-01T10:00:00Z' },
      { id: `${id}-2`, role: 'assistant', content: 'Hi.', timestamp: '2026-11-01T10:00:01Z' },
    ],
  })),
}

let page: Awaited<ReturnType<typeof startPage>>
let wrapper: VueWrapper
beforeAll(async () => void (page = await startPage()))
beforeEach(async () => {
  for (const { id } of page.store.threads.value) await page.store.deleteThread(id)
  useShell().openDialog('import')
  wrapper = mount(ImportDialog, { attachTo: document.body })
  await settled()
})
afterEach(() => wrapper.unmount())

async function give(text: string, name = 'export.json'): Promise<void> {
  const input = wrapper.get<HTMLInputElement>('input[type="file"]')
  Object.defineProperty(input.element, 'files', { configurable: true, value: [new File([text], name)] })
  Object.defineProperty(input.element, 'value', { configurable: true, value: '', writable: true })
  await input.trigger('change')
  await vi.waitFor(() => expect(wrapper.text()).not.toContain('Reading'))
}

const button = (text: string) => wrapper.findAll('button').find((each) => each.text().startsWith(text))

describe('importing', () => {
  it('shows what is in the file before anything is done', async () => {
    await give(JSON.stringify(EXPORT))
    expect(wrapper.text()).toContain('Found in export.json')
    expect(wrapper.text()).toContain('2 chats · 4 messages')
    expect(page.store.threads.value).toEqual([])
    await button('Import 2 chats')!.trigger('click')
    await vi.waitFor(() => expect(useShell().dialog.value).toBeNull())
    expect(page.store.threads.value.map(({ title }) => title).sort()).toEqual(['Chat 1', 'Chat 2'])
    expect(useToast().toasts.value.at(-1)?.text).toBe('Imported 2 chats.')
  })

  it('leaves alone what is here already', async () => {
    await page.store.createThread({ ...thread('Mine'), id: '1761991200000' })
    await give(JSON.stringify(EXPORT))
    expect(wrapper.text()).toContain('1 is here already and stays as it is')
    expect(button('Import 1 chat')).toBeDefined()
  })

  it('says what is wrong with a file it does not know', async () => {
    await give('{"hello": 1}', 'other.json')
    expect(wrapper.get('[role="alert"]').text()).toContain('could not be read')
    expect(button('Import')).toBeUndefined()
  })
})

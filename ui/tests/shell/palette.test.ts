import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import CommandPalette from '@/components/dialogs/CommandPalette.vue'
import ShortcutSheet from '@/components/dialogs/ShortcutSheet.vue'
import { keepTyping } from '@/composables/typedAhead'
import { useShell } from '@/composables/useShell'
import { useSettings } from '@/stores/settings'
import { press, settled } from './support/browser'
import { model, offerModels, startPage, thread } from './support/page'

let page: Awaited<ReturnType<typeof startPage>>
let wrapper: VueWrapper
beforeAll(async () => {
  page = await startPage()
  await page.store.createThread(thread('Budget for the trip'))
  await page.store.createThread(thread('Settling in Rome'))
  await offerModels([model('acme/settler')])
})
afterEach(() => wrapper.unmount())

async function open(): Promise<void> {
  useShell().openDialog('palette')
  wrapper = mount(CommandPalette, { attachTo: document.body })
  await settled()
}

const field = () => wrapper.get<HTMLInputElement>('[role="combobox"]')
const options = () => wrapper.findAll('[role="option"]')
const chosen = () => wrapper.get('[aria-selected="true"]').get('.label').text()

describe('the palette', () => {
  it('finds actions, chats and models by a few letters', async () => {
    await open()
    await field().setValue('sett')
    await settled()
    const labels = options().map((option) => option.get('.label').text())
    expect(labels).toEqual(expect.arrayContaining(['Settings', 'Settling in Rome', 'Use settler']))
    expect(chosen()).toBe('Settings')
    expect(field().attributes('aria-activedescendant')).toBe(options()[0]!.attributes('id'))
  })

  it('runs what is chosen and is gone', async () => {
    await open()
    await field().setValue('budget')
    press(field().element, 'Enter')
    await settled()
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'budget-for-the-trip' })
    expect(useShell().dialog.value).toBeNull()
  })

  it('begins with what was typed before it came, and runs it where Enter came too', async () => {
    const loading = keepTyping(Promise.resolve(), () => undefined)
    for (const key of [...'rome', 'Enter']) press(document.body, key)
    await loading
    await open()
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'settling-in-rome' })
    expect(useShell().dialog.value).toBeNull()
  })

  it('goes round at its ends', async () => {
    await open()
    press(field().element, 'ArrowUp')
    await settled()
    expect(options().at(-1)!.attributes('aria-selected')).toBe('true')
    press(field().element, 'ArrowDown')
    await settled()
    expect(options()[0]!.attributes('aria-selected')).toBe('true')
  })

  it('switches what is on or off', async () => {
    await open()
    await field().setValue('switch streaming off')
    press(field().element, 'Enter')
    await settled()
    expect(useSettings().settings.stream).toBe(false)
  })

  it('says when there is nothing', async () => {
    await open()
    await field().setValue('qqqqq')
    await settled()
    expect(wrapper.text()).toContain('Nothing found.')
    press(field().element, 'Enter')
    expect(useShell().dialog.value).toBe('palette')
  })
})

describe('the sheet of shortcuts', () => {
  it('lists the keys as they are set', async () => {
    useSettings().saveSettings({ shortcuts: { newChat: 'Alt+N' }, enterSends: 'ctrl-enter' })
    wrapper = mount(ShortcutSheet, { attachTo: document.body })
    await settled()
    const rows = Object.fromEntries(
      wrapper.findAll('.row').map((row) => [
        row.get('dt').text(),
        row
          .findAll('kbd')
          .map((key) => key.text())
          .join(' '),
      ]),
    )
    expect(rows).toMatchObject({ 'New chat': 'Alt N', Send: 'Ctrl Enter', 'New line': 'Enter' })
  })
})

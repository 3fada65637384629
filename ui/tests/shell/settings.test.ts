import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import SettingsDialog from '@/components/dialogs/SettingsDialog.vue'
import { useShell } from '@/composables/useShell'
import { useSidePanel } from '@/composables/useSidePanel'
import { SETTINGS_KEY, useSettings } from '@/stores/settings'
import { press, settled } from './support/browser'
import { startPage } from './support/page'

let wrapper: VueWrapper
beforeAll(async () => void (await startPage()))
beforeEach(() => {
  useSettings().resetSettings()
  useShell().openSettings('chat')
})
afterEach(() => {
  wrapper.unmount()
  useSidePanel().close()
})

const panel = () => document.getElementById('side-panel')!
const stored = () => JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? '{}') as Record<string, unknown>

async function open(section: Parameters<ReturnType<typeof useShell>['openSettings']>[0] = 'chat'): Promise<void> {
  useShell().openSettings(section)
  wrapper = mount(SettingsDialog, { attachTo: document.body })
  await settled()
}

function labelled<T extends HTMLElement = HTMLInputElement>(text: string): T {
  const label = [...panel().querySelectorAll('label')].find((each) => each.textContent?.trim() === text)
  return label!.control as T
}

function enter(field: HTMLInputElement | HTMLSelectElement, value: string): void {
  field.value = value
  field.dispatchEvent(new Event('change', { bubbles: true }))
}

describe('the settings', () => {
  it('stand beside the conversation: nothing is modal', async () => {
    await open()
    const dialog = panel().querySelector('[role="dialog"]')!
    expect(dialog.getAttribute('aria-modal')).toBe('false')
    expect(document.getElementById(dialog.getAttribute('aria-labelledby')!)?.textContent).toBe('Settings')
    expect(document.querySelector('dialog[open]')).toBeNull()
  })

  it('close with Escape and give the focus back', async () => {
    const trigger = document.body.appendChild(document.createElement('button'))
    useSidePanel().close()
    await settled()
    trigger.focus()
    await open()
    press(document.activeElement!, 'Escape')
    await settled()
    expect(panel().children).toHaveLength(0)
    expect(document.activeElement).toBe(trigger)
    trigger.remove()
  })

  it('have a checkbox "Enable Streaming" that saves at once', async () => {
    await open()
    const box = labelled('Enable Streaming')
    expect(box).toMatchObject({ type: 'checkbox', checked: true })
    box.click()
    expect(useSettings().settings.stream).toBe(false)
    expect(stored()).toMatchObject({ stream: false })
  })

  it('open at the section that was asked for', async () => {
    await open('key')
    const opened = [...panel().querySelectorAll('details[open] h3')].map((heading) => heading.textContent)
    expect(opened).toEqual(['Gateway key'])
    useShell().openSettings('data')
    await settled()
    expect(panel().querySelectorAll('details[open]')).toHaveLength(2)
  })
})

describe('request defaults', () => {
  beforeEach(() => open('request'))

  it('are saved when they fit, and gone when emptied', async () => {
    enter(labelled('temperature'), '0.3')
    enter(labelled<HTMLSelectElement>('store') as never, 'false')
    expect(stored()).toMatchObject({ temperature: 0.3, store: false })
    enter(labelled('temperature'), '')
    expect(stored()).not.toHaveProperty('temperature')
  })

  it('say why they are not saved', async () => {
    enter(labelled('temperature'), '9')
    await settled()
    const field = labelled('temperature')
    expect(stored()).not.toHaveProperty('temperature')
    expect(field.value).toBe('9')
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(document.getElementById(field.getAttribute('aria-describedby')!)?.textContent).toContain('from 0 to 2')
  })

  it('go back to those of the model together', async () => {
    enter(labelled('temperature'), '0.3')
    enter(labelled('seed'), '7')
    await settled()
    const reset = [...panel().querySelectorAll('button')].find((each) => each.textContent?.includes('model defaults'))
    reset!.click()
    await settled()
    expect(stored()).not.toHaveProperty('seed')
    expect(labelled('temperature').value).toBe('')
  })
})

describe('the keys of an action', () => {
  beforeEach(() => open('shortcuts'))

  const row = (text: string) => [...panel().querySelectorAll('li')].find((each) => each.textContent?.includes(text))!

  it('are changed by pressing new ones', async () => {
    const button = row('New chat').querySelector('button')!
    button.click()
    await settled()
    expect(button.textContent).toContain('Press the new keys')
    press(button, 'Control', { ctrlKey: true })
    press(button, 'j', { ctrlKey: true })
    await settled()
    expect(useSettings().settings.shortcuts).toEqual({ newChat: 'Mod+J' })
    expect(button.textContent).toBe('CtrlJ')
  })

  it('cannot be those of another action', async () => {
    const button = row('New chat').querySelector('button')!
    button.click()
    await settled()
    press(button, 'k', { ctrlKey: true })
    await settled()
    expect(useSettings().settings.shortcuts).toEqual({})
    expect(panel().querySelector('.message')?.textContent).toContain('Commands')
  })

  it('can be taken away and brought back', async () => {
    const last = () => [...row('Previous message').querySelectorAll('button')].at(-1)!
    last().click()
    await settled()
    expect(useSettings().settings.shortcuts).toEqual({ previousTurn: '' })
    expect(row('Previous message').textContent).toContain('None')
    last().click()
    await settled()
    expect(useSettings().settings.shortcuts).toEqual({})
  })

  it('leave recording with Escape or Tab', async () => {
    const button = row('New chat').querySelector('button')!
    button.click()
    await settled()
    expect(press(button, 'Tab').defaultPrevented).toBe(false)
    await settled()
    expect(button.textContent).toBe('CtrlShiftO')
  })
})

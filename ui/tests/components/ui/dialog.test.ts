import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import Dialog from '@/components/ui/Dialog.vue'
import { installDialogs, settled } from '../../shell/support/browser'

beforeAll(installDialogs)
let wrapper: VueWrapper | undefined
afterEach(() => {
  wrapper?.unmount()
  document.body.replaceChildren()
})

async function open(): Promise<{ dialog: HTMLDialogElement; trigger: HTMLElement; states: boolean[] }> {
  const trigger = document.body.appendChild(document.createElement('button'))
  trigger.focus()
  const states: boolean[] = []
  wrapper = mount(Dialog, {
    props: {
      open: true,
      title: 'Prompts',
      'onUpdate:open': (now: boolean) => {
        states.push(now)
        void wrapper!.setProps({ open: now })
      },
    },
    slots: { default: '<input aria-label="inside" />' },
    attachTo: document.body,
  })
  await settled()
  return { dialog: wrapper.get('dialog').element as HTMLDialogElement, trigger, states }
}

describe('a dialog', () => {
  it('opens as a modal one that its title names', async () => {
    const { dialog } = await open()
    expect(dialog.open).toBe(true)
    const title = document.getElementById(dialog.getAttribute('aria-labelledby')!)
    expect(title?.textContent).toBe('Prompts')
  })

  it('closes when the browser closes it, as with Escape', async () => {
    const { dialog, states } = await open()
    dialog.close()
    await settled()
    expect(states).toEqual([false])
    expect(dialog.querySelector('input')).toBeNull()
  })

  it('gives the focus back to its trigger', async () => {
    const { dialog, trigger } = await open()
    dialog.querySelector('input')!.focus()
    await wrapper!.get('button[aria-label="Close"]').trigger('click')
    await settled()
    expect(dialog.open).toBe(false)
    expect(document.activeElement).toBe(trigger)
  })

  it('closes for a press on its backdrop, and not for one that began inside', async () => {
    const { dialog, states } = await open()
    const at = (target: Element, type: string) => target.dispatchEvent(new MouseEvent(type, { bubbles: true }))
    at(dialog.querySelector('input')!, 'pointerdown')
    at(dialog, 'click')
    await nextTick()
    expect(states).toEqual([])
    at(dialog, 'pointerdown')
    at(dialog, 'click')
    await nextTick()
    expect(states).toEqual([false])
  })
})

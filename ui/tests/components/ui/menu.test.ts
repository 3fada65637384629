import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { h } from 'vue'
import Menu from '@/components/ui/Menu.vue'
import type { MenuItem } from '@/components/ui/menu'
import { press, settled } from '../../shell/support/browser'

let wrapper: VueWrapper | undefined
afterEach(() => wrapper?.unmount())

function setUp() {
  const ran: string[] = []
  const item = (id: string, more: Partial<MenuItem> = {}): MenuItem => ({
    id,
    label: id,
    run: () => ran.push(`${id} from ${document.activeElement?.textContent}`),
    ...more,
  })
  wrapper = mount(Menu, {
    props: {
      label: 'Actions',
      items: [item('Rename'), item('Pin'), item('Delete', { danger: true }), item('Later', { disabled: true })],
    },
    slots: {
      trigger: ({ toggle, attributes }: { toggle: () => void; attributes: object }) =>
        h('button', { ...attributes, onClick: toggle }, 'open'),
    },
    attachTo: document.body,
  })
  const trigger = wrapper.get<HTMLElement>('button').element
  const focused = () => document.activeElement?.textContent?.trim()
  return { ran, trigger, focused }
}

describe('a menu', () => {
  it('tells that it is one and whether it is open', async () => {
    const { trigger } = setUp()
    expect(trigger.getAttribute('aria-haspopup')).toBe('menu')
    expect(trigger.getAttribute('aria-expanded')).toBe('false')
    trigger.click()
    await settled()
    expect(trigger.getAttribute('aria-expanded')).toBe('true')
    expect(document.getElementById(trigger.getAttribute('aria-controls')!)?.getAttribute('role')).toBe('menu')
  })

  it('is walked with the arrows, round and round, and by letters', async () => {
    const { trigger, focused } = setUp()
    trigger.focus()
    press(trigger, 'ArrowDown')
    await settled()
    expect(focused()).toBe('Rename')
    press(document.activeElement!, 'ArrowUp')
    expect(focused()).toBe('Later')
    press(document.activeElement!, 'ArrowDown')
    expect(focused()).toBe('Rename')
    press(document.activeElement!, 'End')
    press(document.activeElement!, 'd')
    expect(focused()).toBe('Delete')
  })

  it('runs an item after the focus is back on the trigger', async () => {
    const { ran, trigger } = setUp()
    trigger.click()
    await settled()
    wrapper!.findAll<HTMLElement>('[role="menuitem"]')[1]!.element.click()
    await settled()
    expect(ran).toEqual(['Pin from open'])
    expect(wrapper!.find('[role="menu"]').exists()).toBe(false)
  })

  it('does nothing for an item that does not apply', async () => {
    const { ran, trigger } = setUp()
    trigger.click()
    await settled()
    wrapper!.findAll<HTMLElement>('[role="menuitem"]')[3]!.element.click()
    await settled()
    expect(ran).toEqual([])
    expect(wrapper!.find('[role="menu"]').exists()).toBe(true)
  })

  it('closes with Escape and gives the focus back', async () => {
    const { trigger } = setUp()
    trigger.click()
    await settled()
    const event = press(document.activeElement!, 'Escape')
    await settled()
    expect(event.defaultPrevented).toBe(true)
    expect(wrapper!.find('[role="menu"]').exists()).toBe(false)
    expect(document.activeElement).toBe(trigger)
  })

  it('closes for a press elsewhere without taking the focus', async () => {
    const { trigger } = setUp()
    trigger.click()
    await settled()
    const elsewhere = document.body.appendChild(document.createElement('button'))
    elsewhere.dispatchEvent(new MouseEvent('pointerdown', { bubbles: true }))
    elsewhere.focus()
    await settled()
    expect(wrapper!.find('[role="menu"]').exists()).toBe(false)
    expect(document.activeElement).toBe(elsewhere)
    elsewhere.remove()
  })
})

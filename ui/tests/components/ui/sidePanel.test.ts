import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import SidePanel from '@/components/ui/SidePanel.vue'
import { useSidePanel } from '@/composables/useSidePanel'
import { settled } from '../../shell/support/browser'

let wrapper: VueWrapper
const boxes = new Map<Element, { top: number; bottom: number }>()

function place(tag: string, id: string, box?: { top: number; bottom: number }): void {
  const element = document.body.appendChild(document.createElement(tag))
  element.id = id
  if (box) boxes.set(element, box)
}

beforeEach(() => {
  document.body.replaceChildren()
  place('button', 'bar', { top: 8, bottom: 44 })
  place('textarea', 'composer', { top: 700, bottom: 780 })
  place('div', 'side-panel')
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    return (boxes.get(this) ?? { top: 0, bottom: 690 }) as DOMRect
  })
})
afterEach(() => {
  wrapper.unmount()
  useSidePanel().close()
})

async function open(phone: boolean): Promise<void> {
  vi.stubGlobal('matchMedia', () => ({ matches: phone, addEventListener: () => {}, removeEventListener: () => {} }))
  useSidePanel().open('settings')
  wrapper = mount(SidePanel, { props: { name: 'settings', title: 'Settings' }, attachTo: document.body })
  await settled()
}

const focus = (selector: string) => document.querySelector<HTMLElement>(selector)!.focus()

describe('the side panel', () => {
  it('takes the focus to its heading', async () => {
    await open(false)
    expect(document.activeElement?.textContent).toBe('Settings')
  })

  it('stays on a phone while one writes below it, and goes for what it covers', async () => {
    await open(true)
    focus('#composer')
    expect(useSidePanel().active.value).toBe('settings')
    focus('#bar')
    expect(useSidePanel().active.value).toBeNull()
  })

  it('stays beside whatever else is used where there is room', async () => {
    await open(false)
    focus('#bar')
    expect(useSidePanel().active.value).toBe('settings')
  })
})

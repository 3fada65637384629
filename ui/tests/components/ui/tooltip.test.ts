import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTooltips } from '@/components/ui/tooltip'
import { press } from '../../shell/support/browser'

let stop = () => undefined as void
let button: HTMLElement

beforeEach(() => {
  vi.useFakeTimers()
  button = document.body.appendChild(document.createElement('button'))
  button.dataset['tooltip'] = 'New chat'
  button.dataset['tooltipKeys'] = 'Alt+N'
  stop = startTooltips()
})
afterEach(() => {
  stop()
  document.body.replaceChildren()
  vi.useRealTimers()
})

const bubble = () => document.querySelector('.tooltip')
/** jsdom has no pointer events; a mouse event of that name carries what is read of them. */
function over(target: Element, pointerType = 'mouse'): void {
  target.dispatchEvent(Object.assign(new MouseEvent('pointerover', { bubbles: true }), { pointerType }))
}

describe('a tooltip', () => {
  it('comes after a moment, with the keys', () => {
    over(button)
    vi.advanceTimersByTime(100)
    expect(bubble()).toBeNull()
    vi.advanceTimersByTime(1000)
    expect(bubble()?.textContent).toBe('New chatAltN')
  })

  it('can be pointed at, and goes when the pointer goes elsewhere', () => {
    over(button)
    vi.advanceTimersByTime(1000)
    over(document.body)
    vi.advanceTimersByTime(50)
    over(bubble()!)
    vi.advanceTimersByTime(5000)
    expect(bubble()).not.toBeNull()
    over(document.body)
    vi.advanceTimersByTime(1000)
    expect(bubble()).toBeNull()
  })

  it('is taken away by Escape, which then does nothing else', () => {
    const heard = vi.fn()
    document.body.addEventListener('keydown', heard)
    over(button)
    vi.advanceTimersByTime(1000)
    press(button, 'Escape')
    expect(bubble()).toBeNull()
    expect(heard).not.toHaveBeenCalled()
    press(button, 'Escape')
    expect(heard).toHaveBeenCalledOnce()
    document.body.removeEventListener('keydown', heard)
  })

  it('stays away from touch, where it would cover what is touched', () => {
    over(button, 'touch')
    vi.advanceTimersByTime(1000)
    expect(bubble()).toBeNull()
  })

  it('stays away from a button whose menu is open', () => {
    button.setAttribute('aria-expanded', 'true')
    over(button)
    vi.advanceTimersByTime(1000)
    expect(bubble()).toBeNull()
  })
})

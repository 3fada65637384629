import { afterEach, describe, expect, it } from 'vitest'
import { createShortcuts } from '@/composables/useShortcuts'
import { SHORTCUTS } from '@/composables/shortcuts'

function setUp(settings: { shortcuts?: Record<string, string>; shortcutsEnabled?: boolean } = {}) {
  const shortcuts = createShortcuts({ shortcuts: {}, shortcutsEnabled: true, ...settings })
  const ran: string[] = []
  const press = (key: string, held: KeyboardEventInit = {}, target: Element = document.body) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...held })
    target.addEventListener('keydown', (each) => shortcuts.handle(each as KeyboardEvent), { once: true })
    target.dispatchEvent(event)
    return event
  }
  return { shortcuts, ran, press }
}

afterEach(() => document.body.replaceChildren())

describe('shortcuts', () => {
  it('run what was offered last, and then what was offered before', () => {
    const { shortcuts, ran, press } = setUp()
    shortcuts.offer('palette', () => ran.push('page'))
    const withdraw = shortcuts.offer('palette', () => ran.push('part'))
    expect(press('k', { ctrlKey: true }).defaultPrevented).toBe(true)
    withdraw()
    press('k', { ctrlKey: true })
    expect(ran).toEqual(['part', 'page'])
  })

  it('leave a key alone that does not apply now', () => {
    const { shortcuts, press } = setUp()
    shortcuts.offer('undo', () => false)
    expect(press('z', { ctrlKey: true }).defaultPrevented).toBe(false)
    expect(press('b', { ctrlKey: true }).defaultPrevented).toBe(false)
  })

  it('follow the keys that a person set, and drop the built-in ones', () => {
    const { shortcuts, ran, press } = setUp({ shortcuts: { palette: 'Mod+P', newChat: '' } })
    shortcuts.offer('palette', () => ran.push('palette'))
    shortcuts.offer('newChat', () => ran.push('new'))
    press('k', { ctrlKey: true })
    press('o', { ctrlKey: true, shiftKey: true })
    press('p', { ctrlKey: true })
    expect(ran).toEqual(['palette'])
  })

  it('can be switched off', () => {
    const { shortcuts, ran, press } = setUp({ shortcutsEnabled: false })
    shortcuts.offer('palette', () => ran.push('palette'))
    press('k', { ctrlKey: true })
    expect(ran).toEqual([])
    expect(shortcuts.shownKeysOf('palette')).toBe('')
  })

  it('never take a letter from somebody who types', () => {
    const { shortcuts, ran, press } = setUp()
    const field = document.body.appendChild(document.createElement('textarea'))
    shortcuts.offer('nextTurn', () => ran.push('next'))
    shortcuts.offer('shortcuts', () => ran.push('sheet'))
    shortcuts.offer('undo', () => ran.push('undo'))
    shortcuts.offer('palette', () => ran.push('palette'))
    press('j', {}, field)
    press('?', { shiftKey: true }, field)
    press('z', { ctrlKey: true }, field)
    expect(ran).toEqual([])
    press('k', { ctrlKey: true }, field)
    press('j')
    expect(ran).toEqual(['palette', 'next'])
  })

  it('stay out of an input method that composes', () => {
    const { shortcuts, ran, press } = setUp()
    shortcuts.offer('nextTurn', () => ran.push('next'))
    press('j', { isComposing: true })
    expect(ran).toEqual([])
  })

  it('have built-in keys that differ from each other', () => {
    const all = SHORTCUTS.flatMap(({ keys }) => keys.split(' '))
    expect(new Set(all).size).toBe(all.length)
  })
})

import { describe, expect, it } from 'vitest'
import { comboOf, shownKeys } from '@/composables/keys'

const press = (key: string, held: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...held })

describe('the combination of a key event', () => {
  it('writes a letter as a capital, whatever shift makes of it', () => {
    expect(comboOf(press('k', { ctrlKey: true }), false)).toBe('Mod+K')
    expect(comboOf(press('O', { ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Shift+O')
  })

  it('takes the command key for Mod on a Mac, and control for itself', () => {
    expect(comboOf(press('k', { metaKey: true }), true)).toBe('Mod+K')
    expect(comboOf(press('k', { ctrlKey: true }), true)).toBe('Ctrl+K')
  })

  it('leaves the shift out of a character that needs it', () => {
    expect(comboOf(press('?', { shiftKey: true }), false)).toBe('?')
  })

  it('keeps the shift of a named key', () => {
    expect(comboOf(press('Escape', { shiftKey: true }), false)).toBe('Shift+Escape')
  })
})

describe('keys as they are shown', () => {
  it('names them as this keyboard does', () => {
    expect(shownKeys('Mod+Shift+ArrowUp', false)).toEqual(['Ctrl', 'Shift', '↑'])
    expect(shownKeys('Mod+Shift+ArrowUp', true)).toEqual(['⌘', '⇧', '↑'])
  })

  it('shows the plus key itself', () => {
    expect(shownKeys('Mod++', false)).toEqual(['Ctrl', '+'])
  })
})

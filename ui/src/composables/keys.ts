// Key combinations as text: "Mod+K", "Shift+Escape", "?". `Mod` is ⌘ on a Mac and Ctrl elsewhere.

export const isMac: boolean = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? '')

const MODIFIERS = ['Mod', 'Ctrl', 'Alt', 'Shift']

/** The combination of an event, in the order and spelling in which combinations are stored. */
export function comboOf(event: KeyboardEvent, mac = isMac): string {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key
  const mod = mac ? event.metaKey : event.ctrlKey
  const ctrl = mac && event.ctrlKey
  // Shift is part of the character itself for "?" and its like.
  const shift = event.shiftKey && (key.length > 1 || /[A-Z]/.test(key) || mod || event.altKey)
  const pressed = [mod, ctrl, event.altKey, shift]
  return [...MODIFIERS.filter((_, index) => pressed[index]), key].join('+')
}

/** Whether a key alone is a modifier: half of a combination. */
export const isModifier = (event: KeyboardEvent): boolean =>
  ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'].includes(event.key)

const MAC_NAMES: Record<string, string> = { Mod: '⌘', Ctrl: '⌃', Alt: '⌥', Shift: '⇧' }
const NAMES: Record<string, string> = {
  Mod: 'Ctrl',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backspace: '⌫',
}

/** The parts as they are printed on the keys. */
export function shownKeys(combo: string, mac = isMac): string[] {
  return combo
    .split(/\+(?=.)/)
    .filter(Boolean)
    .map((part) => (mac && MAC_NAMES[part]) || NAMES[part] || part)
}

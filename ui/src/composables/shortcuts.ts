// Every keyboard shortcut of the page: its action, its built-in keys, and the group it is listed under. Several keys for
// one action are parted by a space. Keys without a modifier work only outside of text fields.
import type { Key } from '@/i18n'

export interface Shortcut {
  id: string
  keys: string
  label: Key
  group: 'general' | 'chats' | 'conversation'
}

export const SHORTCUTS = [
  { id: 'palette', keys: 'Mod+K', label: 'shell.keyPalette', group: 'general' },
  { id: 'shortcuts', keys: '? Mod+/', label: 'shell.keyShortcuts', group: 'general' },
  { id: 'settings', keys: 'Mod+,', label: 'shell.keySettings', group: 'general' },
  { id: 'sidebar', keys: 'Mod+Shift+S', label: 'shell.keySidebar', group: 'general' },
  { id: 'undo', keys: 'Mod+Z', label: 'shell.keyUndo', group: 'general' },
  { id: 'newChat', keys: 'Mod+Shift+O', label: 'shell.keyNewChat', group: 'chats' },
  { id: 'temporaryChat', keys: 'Mod+Shift+E', label: 'shell.keyTemporary', group: 'chats' },
  { id: 'search', keys: 'Mod+Shift+F', label: 'shell.keySearch', group: 'chats' },
  { id: 'previousChat', keys: 'Alt+Shift+ArrowUp', label: 'shell.keyPreviousChat', group: 'chats' },
  { id: 'nextChat', keys: 'Alt+Shift+ArrowDown', label: 'shell.keyNextChat', group: 'chats' },
  { id: 'deleteChat', keys: 'Mod+Shift+Backspace', label: 'shell.keyDeleteChat', group: 'chats' },
  { id: 'composer', keys: 'Shift+Escape', label: 'shell.keyComposer', group: 'conversation' },
  { id: 'model', keys: 'Mod+Shift+M', label: 'shell.keyModel', group: 'conversation' },
  { id: 'previousTurn', keys: 'Alt+ArrowUp K', label: 'shell.keyPreviousTurn', group: 'conversation' },
  { id: 'nextTurn', keys: 'Alt+ArrowDown J', label: 'shell.keyNextTurn', group: 'conversation' },
  { id: 'copyAnswer', keys: 'Mod+Shift+C', label: 'shell.keyCopyAnswer', group: 'conversation' },
  { id: 'stop', keys: 'Escape', label: 'shell.keyStop', group: 'conversation' },
] as const satisfies readonly Shortcut[]

export type ActionId = (typeof SHORTCUTS)[number]['id']

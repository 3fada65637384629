// Keys to actions. A part of the page offers what an action does while it is there; the newest offer wins.
import { onScopeDispose } from 'vue'
import { comboOf, isModifier } from '@/composables/keys'
import { SHORTCUTS, type ActionId } from '@/composables/shortcuts'
import { useSettings, type Settings } from '@/stores/settings'

/** Returns false when it does not apply now: the key then does what it does otherwise. */
export type ActionHandler = () => unknown

export interface Shortcuts {
  /** The keys of an action as a person set them, else the built-in ones; empty when unbound. */
  keysOf(id: ActionId): string
  /** The first of them, for labels; empty when shortcuts are switched off. */
  shownKeysOf(id: ActionId): string
  /** The action that has this combination. */
  actionOf(combo: string): ActionId | undefined
  offer(id: ActionId, handler: ActionHandler): () => void
  run(id: ActionId): boolean
  handle(event: KeyboardEvent): void
}

const EDITABLE =
  'input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable]'

const isEditable = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(EDITABLE) !== null

/** "K" and "Shift+Escape" do nothing to a text; "K" must not fire while one types. */
const typesText = (combo: string): boolean => !/^(Mod|Ctrl|Alt)\+/.test(combo) && !/\+Escape$/.test(combo)

export function createShortcuts(settings: Pick<Settings, 'shortcuts' | 'shortcutsEnabled'>): Shortcuts {
  const handlers = new Map<ActionId, ActionHandler[]>()
  const builtIn = new Map<ActionId, string>(SHORTCUTS.map(({ id, keys }) => [id, keys]))

  const keysOf = (id: ActionId) => settings.shortcuts[id] ?? builtIn.get(id) ?? ''
  const shownKeysOf = (id: ActionId) => (settings.shortcutsEnabled ? (keysOf(id).split(' ')[0] ?? '') : '')
  const actionOf = (combo: string) => SHORTCUTS.find(({ id }) => keysOf(id).split(' ').includes(combo))?.id

  function offer(id: ActionId, handler: ActionHandler): () => void {
    handlers.set(id, [...(handlers.get(id) ?? []), handler])
    return () =>
      handlers.set(
        id,
        (handlers.get(id) ?? []).filter((known) => known !== handler),
      )
  }

  function run(id: ActionId): boolean {
    const handler = handlers.get(id)?.at(-1)
    return handler !== undefined && handler() !== false
  }

  function handle(event: KeyboardEvent): void {
    if (!settings.shortcutsEnabled || event.defaultPrevented || event.isComposing || isModifier(event)) return
    // A modal dialog has the page to itself.
    if (document.querySelector('dialog:modal')) return
    const combo = comboOf(event)
    const id = actionOf(combo)
    if (!id || (isEditable(event.target) && (typesText(combo) || id === 'undo'))) return
    if (run(id)) event.preventDefault()
  }

  return { keysOf, shownKeysOf, actionOf, offer, run, handle }
}

let shared: Shortcuts | undefined

export function useShortcuts(): Shortcuts {
  if (!shared) {
    shared = createShortcuts(useSettings().settings)
    globalThis.addEventListener?.('keydown', shared.handle)
  }
  return shared
}

/** Offers an action for as long as the component (or effect scope) lives. */
export function useShortcut(id: ActionId, handler: ActionHandler): void {
  onScopeDispose(useShortcuts().offer(id, handler))
}

// What a key means in the composer.

export type EnterSends = 'enter' | 'ctrl-enter'
type Key = Pick<KeyboardEvent, 'key' | 'keyCode' | 'isComposing' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** Whether the key belongs to an input method. Safari ends the composition first and tells it by the code 229 alone. */
export function composing(event: Pick<Key, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Ctrl-Enter (or Cmd-Enter) always sends; Enter alone does where it is chosen to. */
export function sends(event: Key, choice: EnterSends): boolean {
  if (event.key !== 'Enter' || event.altKey || event.shiftKey || composing(event)) return false
  return event.ctrlKey || event.metaKey || choice === 'enter'
}

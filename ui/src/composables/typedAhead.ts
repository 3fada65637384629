// Keys that are pressed while the part they are meant for is still being fetched. They are kept for that part: without
// this they would end up in whatever has the focus until then.
import { isModifier } from '@/composables/keys'

export interface TypedAhead {
  text: string
  /** Enter came after the text; what came after Enter is dropped. */
  entered: boolean
}

const NOTHING: TypedAhead = { text: '', entered: false }
let kept: TypedAhead = NOTHING

/** Keeps what is typed until `loading` ends, in whichever way. Escape keeps nothing and calls `leave`. */
export async function keepTyping<T>(loading: Promise<T>, leave: () => void): Promise<T> {
  kept = NOTHING

  function onKey(event: KeyboardEvent): void {
    // A word that is being composed belongs to the field it began in; combinations are shortcuts.
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isModifier(event)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (event.key === 'Escape') stop(leave)
    else kept = typed(kept, event.key)
  }

  function stop(then?: () => void): void {
    removeEventListener('keydown', onKey, true)
    then?.()
  }

  addEventListener('keydown', onKey, true)
  try {
    return await loading
  } catch (error) {
    kept = NOTHING
    throw error
  } finally {
    stop()
  }
}

function typed({ text, entered }: TypedAhead, key: string): TypedAhead {
  if (entered) return { text, entered }
  if (key === 'Enter') return { text, entered: true }
  if (key === 'Backspace') return { text: [...text].slice(0, -1).join(''), entered }
  return { text: key.length === 1 ? text + key : text, entered }
}

/** What was typed for a part that is now there. It is given once. */
export function takeTyped(): TypedAhead {
  const taken = kept
  kept = NOTHING
  return taken
}

/** For a part that was left before it came. */
export const dropTyped = (): void => void takeTyped()

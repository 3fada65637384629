// Whether a media query holds, as a ref; and the two widths at which the layout changes.
import { onScopeDispose, ref, type Ref } from 'vue'

export function useMediaQuery(query: string): Readonly<Ref<boolean>> {
  const list = globalThis.matchMedia?.(query)
  const matches = ref(list?.matches ?? false)
  const update = (event: MediaQueryListEvent) => (matches.value = event.matches)
  list?.addEventListener('change', update)
  onScopeDispose(() => list?.removeEventListener('change', update), true)
  return matches
}

/** The list of chats is a sheet. */
export const NARROW = '(max-width: 899px)'
/** One thing at a time. */
export const PHONE = '(max-width: 599px)'

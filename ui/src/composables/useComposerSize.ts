// How much of the window's lower edge the composer takes, as `--composer-size` on the root element: sheets end above it
// and messages at the edge of the page float above it.
import { onScopeDispose, watch, type Ref } from 'vue'

/** A composer in the middle of an empty page does not push everything up to there. */
const AT_MOST = 0.45

export function useComposerSize(element: Ref<HTMLElement | null>): void {
  const root = document.documentElement

  function update(): void {
    const box = element.value?.getBoundingClientRect()
    const taken = box ? Math.max(0, innerHeight - box.top) : 0
    const size = taken > innerHeight * AT_MOST ? 0 : taken
    root.style.setProperty('--composer-size', `${Math.round(size)}px`)
  }

  const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(update)
  observer?.observe(root)
  watch(
    element,
    (now, before) => {
      if (before) observer?.unobserve(before)
      if (now) observer?.observe(now)
      update()
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    observer?.disconnect()
    root.style.removeProperty('--composer-size')
  })
}

// How much of the window's lower edge the composer takes, as `--composer-size` on the root element: sheets end above it
// and messages at the edge of the page float above it. A composer in the middle of an empty page takes nothing.
import { onScopeDispose, watch, type Ref } from 'vue'

const NEAR_EDGE_PX = 48

let measured: Ref<HTMLElement | null> | null = null

/** A change of place alone is seen by no observer: what is about to stand above the composer asks for it anew. */
export function measureComposer(): void {
  const box = measured?.value?.getBoundingClientRect()
  const docked = box !== undefined && box.bottom > innerHeight - NEAR_EDGE_PX
  const size = docked ? Math.max(0, innerHeight - box.top) : 0
  document.documentElement.style.setProperty('--composer-size', `${Math.round(size)}px`)
}

export function useComposerSize(element: Ref<HTMLElement | null>): void {
  measured = element
  const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(measureComposer)
  observer?.observe(document.documentElement)
  watch(
    element,
    (now, before) => {
      if (before) observer?.unobserve(before)
      if (now) observer?.observe(now)
      measureComposer()
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    observer?.disconnect()
    if (measured === element) measured = null
    measureComposer()
  })
}

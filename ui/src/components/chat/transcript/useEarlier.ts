// Loads earlier turns when the reader comes near the start, without moving what they read.

import { nextTick, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** So near the start, the turns before are fetched. */
const NEAR_START_PX = 600

interface Options {
  scroller: Ref<HTMLElement | null>
  loadEarlier: () => Promise<number>
  earlier: Readonly<Ref<number>>
}

export function useEarlier({ scroller, loadEarlier, earlier }: Options) {
  const prepending = ref(false)

  async function atTop(): Promise<void> {
    const element = scroller.value
    if (!element || prepending.value || earlier.value === 0) return
    prepending.value = true
    const fromEnd = element.scrollHeight - element.scrollTop
    // Our own correction and the browser's would add up.
    element.style.overflowAnchor = 'none'
    try {
      await loadEarlier()
      await nextTick()
      element.scrollTop = element.scrollHeight - fromEnd
    } finally {
      prepending.value = false
      requestAnimationFrame(() => (element.style.overflowAnchor = ''))
    }
  }

  function onScroll(): void {
    if (scroller.value && scroller.value.scrollTop < NEAR_START_PX) void atTop()
  }

  onMounted(() => scroller.value?.addEventListener('scroll', onScroll, { passive: true }))
  onBeforeUnmount(() => scroller.value?.removeEventListener('scroll', onScroll))

  return { prepending, atTop }
}

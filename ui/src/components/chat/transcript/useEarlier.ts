// The turns before those in the page. A thread opens with its last ones, the rest of what is loaded comes while nothing
// else is to do, and what lies before that is fetched when the reader comes near. What is read meanwhile does not move.

import { nextTick, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { whenIdle } from '@/components/chat/idle'

/** So many turns fill any screen. */
const FIRST = 16
/** So many are added at a time: few enough not to cost a frame. */
const STEP = 20
/** So near the start, the turns before are brought. */
const NEAR_START_PX = 1200

interface Options {
  scroller: Ref<HTMLElement | null>
  /** How many turns are loaded, and how many lie before those. */
  loaded: () => number
  earlier: Readonly<Ref<number>>
  loadEarlier: (count: number) => Promise<number>
  following: () => boolean
}

export function useEarlier({ scroller, loaded, earlier, loadEarlier, following }: Options) {
  const prepending = ref(false)
  /** Turns that are loaded and not in the page yet. */
  const hidden = ref(0)
  let idle: (() => void) | null = null

  async function bring(): Promise<void> {
    if (hidden.value > 0) hidden.value = Math.max(0, hidden.value - STEP)
    else await loadEarlier(STEP)
    await nextTick()
  }

  async function more(): Promise<void> {
    const element = scroller.value
    if (!element || prepending.value || (hidden.value === 0 && earlier.value === 0)) return
    prepending.value = true
    const fromEnd = element.scrollHeight - element.scrollTop
    // Our own correction and the browser's would add up.
    element.style.overflowAnchor = 'none'
    try {
      await bring()
      if (!following()) element.scrollTop = element.scrollHeight - fromEnd
    } finally {
      prepending.value = false
      requestAnimationFrame(() => (element.style.overflowAnchor = ''))
    }
  }

  function fill(): void {
    idle?.()
    if (hidden.value === 0) return
    idle = whenIdle(() => void more().then(fill))
  }

  /** A thread was opened: its end first. */
  function open(): void {
    hidden.value = Math.max(0, loaded() - FIRST)
    fill()
  }

  /** Brings everything from this turn on into the page. */
  function reach(index: number): void {
    hidden.value = Math.min(hidden.value, Math.max(0, index - 1))
  }

  function onScroll(): void {
    if (scroller.value && scroller.value.scrollTop < NEAR_START_PX) void more()
  }

  onMounted(() => scroller.value?.addEventListener('scroll', onScroll, { passive: true }))
  onBeforeUnmount(() => {
    idle?.()
    scroller.value?.removeEventListener('scroll', onScroll)
  })

  return { prepending, hidden, open, more, reach }
}

// Ties the follow controller to a real element: its events, its size, and the count of lines the reader has not seen.

import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { createFollow, type Follow } from './follow'

export interface FollowElements {
  scroller: Ref<HTMLElement | null>
  content: Ref<HTMLElement | null>
}

interface Options {
  still: () => boolean
  growing: () => boolean
}

const TYPING = 'input, textarea, select, [contenteditable="true"]'

export function useFollow({ scroller, content }: FollowElements, { still, growing }: Options) {
  const following = ref(true)
  const newLines = ref(0)
  let follow: Follow | null = null
  let seen: { turn: Element | null; height: number } = { turn: null, height: 0 }
  let touchY = 0

  const turns = () => content.value?.querySelectorAll('article.turn') ?? []
  const heightOf = (turn: Element | null) => turn?.firstElementChild?.getBoundingClientRect().height ?? 0

  function leave(): void {
    const turn = [...turns()].at(-1) ?? null
    seen = { turn, height: heightOf(turn) }
    newLines.value = 0
  }

  /** How much was written since the reader left the end: what the last turn grew by, and the turns after it. */
  function countNew(): void {
    if (!seen.turn?.isConnected || !scroller.value) return
    const all = [...turns()]
    const after = all.slice(all.indexOf(seen.turn) + 1)
    const grown = heightOf(seen.turn) - seen.height + after.reduce((sum, turn) => sum + heightOf(turn), 0)
    const line = parseFloat(getComputedStyle(scroller.value).lineHeight) || 24
    newLines.value = Math.max(0, Math.round(grown / line))
  }

  function resized(): void {
    follow?.resized()
    if (!following.value) countNew()
  }

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return
    if ((event.target as Element).closest(TYPING)) return
    if (follow?.key(event)) event.preventDefault()
  }

  const onWheel = (event: WheelEvent) => event.ctrlKey || follow?.wheel(event.deltaY)
  const onScroll = () => follow?.scrolled()
  const onTouchStart = (event: TouchEvent) => (touchY = event.touches[0]?.clientY ?? 0)
  function onTouchMove(event: TouchEvent): void {
    const y = event.touches[0]?.clientY ?? touchY
    follow?.touch(y - touchY)
    touchY = y
  }

  const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(resized)

  onMounted(() => {
    const element = scroller.value
    if (!element || !content.value) return
    follow = createFollow({
      scroller: {
        get top() {
          return element.scrollTop
        },
        set top(value) {
          element.scrollTop = value
        },
        get height() {
          return element.scrollHeight
        },
        get view() {
          return element.clientHeight
        },
      },
      frame: (step) => {
        const id = requestAnimationFrame(step)
        return () => cancelAnimationFrame(id)
      },
      still,
      growing,
      changed: (now) => {
        following.value = now
        leave()
      },
    })
    observer?.observe(element)
    observer?.observe(content.value)
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('wheel', onWheel, { passive: true })
    element.addEventListener('touchstart', onTouchStart, { passive: true })
    element.addEventListener('touchmove', onTouchMove, { passive: true })
    element.addEventListener('keydown', onKey)
  })

  onBeforeUnmount(() => {
    observer?.disconnect()
    follow?.dispose()
  })

  return {
    following,
    newLines,
    toEnd: () => follow?.toEnd(),
    jumpToEnd: () => follow?.jumpToEnd(),
    jumpTo: (top: number) => follow?.jumpTo(top),
  }
}

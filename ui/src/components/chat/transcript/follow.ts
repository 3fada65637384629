// Follows the end of a growing transcript, until the reader moves away from it.
//
// Who moved the page is never guessed from timers: each write of our own is remembered, and a scroll event that lands
// elsewhere is the reader's. Upward intent (wheel, touch, key, scrollbar) lets go at once; coming back to the end, or
// asking for it, takes hold again.

/** What the controller needs of an element that scrolls. */
export interface Scroller {
  top: number
  readonly height: number
  readonly view: number
}

export interface FollowOptions {
  scroller: Scroller
  /** Asks for a frame; returns what calls it off. */
  frame: (step: (now: number) => void) => () => void
  /** Whether motion is unwelcome: then every move is a jump. */
  still: () => boolean
  /** Whether the content grows at its end because somebody writes; other changes of size are followed with a jump. */
  growing: () => boolean
  changed: (following: boolean) => void
}

/** So near the end, a downward move takes hold again. */
export const NEAR_END_PX = 60
/** Smaller moves are rounding, or a trembling finger. */
const SLACK_PX = 3
/** The time in which the distance to the end shrinks to a third. */
const EASE_MS = 50
const KEYS_UP = new Set(['ArrowUp', 'PageUp', 'Home'])

export type Follow = ReturnType<typeof createFollow>

export function createFollow({ scroller, frame, still, growing, changed }: FollowOptions) {
  let following = true
  let written: number | null = null
  let last = { top: 0, end: 0 }
  let cancelFrame: (() => void) | null = null
  let lastFrameAt = 0

  const end = () => Math.max(0, scroller.height - scroller.view)
  const remember = () => (last = { top: scroller.top, end: end() })

  remember()

  function set(value: boolean): void {
    if (value === following) return
    following = value
    if (!value) halt()
    changed(value)
  }

  function halt(): void {
    cancelFrame?.()
    cancelFrame = null
  }

  function write(top: number): void {
    scroller.top = top
    // Read back: browsers round, and the event will carry what they kept.
    written = scroller.top
    remember()
  }

  function step(now: number): void {
    cancelFrame = null
    if (!following) return
    const distance = end() - scroller.top
    const elapsed = lastFrameAt ? Math.min(now - lastFrameAt, 100) : 16
    lastFrameAt = now
    const advance = Math.max(1, distance * (1 - Math.exp(-elapsed / EASE_MS)))
    write(Math.min(end(), scroller.top + advance))
    if (end() - scroller.top >= 1) cancelFrame = frame(step)
    else lastFrameAt = 0
  }

  /** Goes to the end: by easing where that is a short way and motion is welcome, else at once. */
  function approach(eased: boolean): void {
    const distance = end() - scroller.top
    if (!eased || still() || distance < 0 || distance > scroller.view) {
      halt()
      write(end())
    } else if (distance >= 1 && !cancelFrame) {
      lastFrameAt = 0
      cancelFrame = frame(step)
    }
  }

  function detach(): void {
    if (end() > 0) set(false)
  }

  return {
    get following() {
      return following
    },

    detach,

    /** Takes hold and goes to the end, eased if it is near. */
    toEnd(): void {
      set(true)
      approach(true)
    },

    /** Takes hold and stands at the end before the next paint. */
    jumpToEnd(): void {
      set(true)
      halt()
      write(end())
    },

    /** Goes somewhere else for the reader (a turn, a search hit); lets go of the end. */
    jumpTo(top: number): void {
      set(false)
      write(Math.max(0, Math.min(end(), top)))
    },

    /** The content or the view changed its size. */
    resized(): void {
      if (following) approach(growing() || cancelFrame !== null)
      else remember()
    },

    scrolled(): void {
      const top = scroller.top
      const ours = written !== null && Math.abs(top - written) < 1
      written = null
      if (!ours) {
        const rose = last.top - top
        // The browser itself moves up when the content shrinks or the view grows; that is nobody's wish.
        const nearer = Math.max(0, last.end - end())
        if (rose > nearer + SLACK_PX) detach()
        else if (top > last.top && end() - top <= NEAR_END_PX) set(true)
      }
      remember()
    },

    wheel(deltaY: number): void {
      if (deltaY < 0) detach()
    },

    /** A finger moved by so many pixels; down the screen means up the text. */
    touch(moved: number): void {
      if (moved > SLACK_PX) detach()
    },

    /** Returns whether the key was one that asks for the end. */
    key(event: Pick<KeyboardEvent, 'key' | 'shiftKey'>): boolean {
      if (KEYS_UP.has(event.key) || (event.key === ' ' && event.shiftKey)) detach()
      if (event.key !== 'End') return false
      this.toEnd()
      return true
    },

    dispose: halt,
  }
}

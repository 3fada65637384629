// When to draw: all work of a frame in one go, at most once per frame. A hidden tab has no frames; it gets by on a slow
// timer and catches up the moment it is seen again.

export interface FrameClock {
  now(): number
  hidden(): boolean
  /** The next frame, while the tab is visible. */
  nextFrame(callback: () => void): void
  /** A moment later, whether or not the tab is visible. */
  later(callback: () => void, ms: number): void
  onVisible(callback: () => void): void
}

export interface Frames {
  now(): number
  hidden(): boolean
  /** Runs the task in the next frame; asked for several times before that, it runs once. */
  schedule(task: () => void): void
}

const HIDDEN_MS = 1000

export function createFrames(clock: FrameClock): Frames {
  const tasks = new Set<() => void>()

  function run(): void {
    const due = [...tasks]
    tasks.clear()
    for (const task of due) task()
  }

  function schedule(task: () => void): void {
    tasks.add(task)
    // The first of a frame asks for it. A frame asked for while visible may come after the tab was hidden and shown again:
    // then it finds nothing left to do.
    if (tasks.size > 1) return
    if (clock.hidden()) clock.later(run, HIDDEN_MS)
    else clock.nextFrame(run)
  }

  clock.onVisible(run)
  return { now: clock.now, hidden: clock.hidden, schedule }
}

export function browserFrames(): Frames {
  return createFrames({
    now: Date.now,
    hidden: () => document.hidden,
    nextFrame: (callback) => void requestAnimationFrame(callback),
    later: (callback, ms) => void setTimeout(callback, ms),
    onVisible: (callback) => document.addEventListener('visibilitychange', () => document.hidden || callback()),
  })
}

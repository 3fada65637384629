// Work done at most so often: at once when the last time is long enough ago, else as soon as that is so. The moment is
// looked at with every call, because timers of hidden tabs are slow and what calls is not.

export interface Throttle {
  call(): void
  /** Forgets what waits. */
  cancel(): void
}

export function throttle(work: () => void, ms: number, now: () => number): Throttle {
  let last = now()
  let timer: ReturnType<typeof setTimeout> | undefined

  function run(): void {
    cancel()
    last = now()
    work()
  }

  function cancel(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function call(): void {
    const left = last + ms - now()
    if (left <= 0) run()
    else timer ??= setTimeout(run, left)
  }

  return { call, cancel }
}

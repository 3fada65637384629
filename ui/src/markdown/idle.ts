// Work that can wait, in pieces short enough that no frame is late.

const PIECE_MS = 6
/** Safari knows no idle callbacks; a pause between the pieces leaves room for frames. */
const PAUSE_MS = 8
/** A busy page gets to it all the same. */
const LATEST_MS = 500

type Step = () => boolean

const steps: Step[] = []
let waiting = false

/** Calls `step` when there is time, again and again as long as it says that more remains. */
export function whenIdle(step: Step): void {
  steps.push(step)
  wait()
}

function wait(): void {
  if (waiting) return
  waiting = true
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: LATEST_MS })
  else setTimeout(work, PAUSE_MS)
}

function work(): void {
  waiting = false
  const start = performance.now()
  while (steps[0] && performance.now() - start < PIECE_MS) if (!steps[0]()) steps.shift()
  if (steps.length > 0) wait()
}

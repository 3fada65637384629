// How much of a growing text is shown now. Either all of it; or smoothly, never more than a moment behind, however fast it
// comes; or at a fixed pace. The end of the text, and a tab that nobody sees, show everything at once.

export type Smoothing = 'off' | 'smooth' | '60cps'

const LAG_MS = 150
const CHARACTERS_PER_SECOND = 60

export class Reveal {
  private shown = 0
  private at: number | undefined
  /** Lengths the text had, and until when each must be shown; oldest first. */
  private due: { length: number; by: number }[] = []

  /** How much of `text` to show at `now`; `text` only ever grows. */
  advance(text: string, now: number, smoothing: Smoothing): number {
    const before = this.at ?? now
    this.at = now
    if (smoothing === 'off') return this.showAll(text)
    const target = smoothing === 'smooth' ? this.smooth(text.length, before, now) : this.paced(text.length, before, now)
    this.shown = Math.min(text.length, Math.max(this.shown, target))
    return wholeCharacters(text, Math.floor(this.shown))
  }

  showAll(text: string): number {
    this.due = []
    return (this.shown = text.length)
  }

  /** Time that passed while nothing was to be shown does not count. */
  rest(now: number): void {
    this.at = now
  }

  /** Each piece is spread over the time it may take, and shown whole when that is over. */
  private smooth(length: number, before: number, now: number): number {
    const last = this.due.at(-1)
    if (length > (last?.length ?? this.shown)) this.due.push({ length, by: now + LAG_MS })
    let overdue = this.shown
    while (this.due[0] && this.due[0].by <= now) overdue = this.due.shift()!.length
    const goal = this.due.at(-1)
    if (!goal) return overdue
    const share = (now - before) / Math.max(1, goal.by - before)
    return Math.max(overdue, this.shown + (goal.length - this.shown) * Math.min(1, share))
  }

  private paced(length: number, before: number, now: number): number {
    return Math.min(length, this.shown + ((now - before) / 1000) * CHARACTERS_PER_SECOND)
  }
}

/** Not half of a character that takes two places. */
function wholeCharacters(text: string, length: number): number {
  const last = text.charCodeAt(length - 1)
  return length < text.length && last >= 0xd800 && last <= 0xdbff ? length - 1 : length
}

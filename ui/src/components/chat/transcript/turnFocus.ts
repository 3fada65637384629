// Walking from turn to turn with the keyboard.

/** The turn that holds the focus or, without one, the first that is in view. */
export function currentTurn(turns: readonly HTMLElement[], scroller: HTMLElement): number {
  const focused = turns.findIndex((turn) => turn.contains(document.activeElement))
  if (focused !== -1) return focused
  const top = scroller.getBoundingClientRect().top
  return turns.findIndex((turn) => turn.getBoundingClientRect().bottom > top + 1)
}

/** Where a step leads: without a focused turn, the first step goes to the one in view. */
export function nextTurn(turns: readonly HTMLElement[], scroller: HTMLElement, step: -1 | 1): HTMLElement | null {
  const at = currentTurn(turns, scroller)
  if (at === -1) return null
  const inside = turns[at]?.contains(document.activeElement)
  return turns[inside ? at + step : at] ?? null
}

// Where something floating goes beside what it belongs to: below or above, never outside the window.

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface Size {
  width: number
  height: number
}

export interface Place {
  left: number
  top: number
  maxHeight: number
}

const GAP = 6
const EDGE = 8

/** `align` start keeps the left edges together, end the right ones; `side` is turned round where it lacks room. */
export function place(
  anchor: Box,
  size: Size,
  view: Size,
  side: 'below' | 'above',
  align: 'start' | 'end' | 'center',
): Place {
  const below = view.height - (anchor.top + anchor.height) - GAP - EDGE
  const above = anchor.top - GAP - EDGE
  const wanted = side === 'below' ? below : above
  const other = side === 'below' ? above : below
  const turned = wanted < size.height && other > wanted
  const isBelow = (side === 'below') !== turned
  const room = Math.max(0, turned ? other : wanted)
  const height = Math.min(size.height, room)
  const top = isBelow ? anchor.top + anchor.height + GAP : anchor.top - GAP - height
  const starts = { start: 0, center: (anchor.width - size.width) / 2, end: anchor.width - size.width }
  const left = Math.max(EDGE, Math.min(anchor.left + starts[align], view.width - size.width - EDGE))
  return { left, top: Math.max(EDGE, top), maxHeight: room }
}

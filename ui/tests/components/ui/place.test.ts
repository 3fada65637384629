import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { place } from '@/components/ui/place'

const view = { width: 400, height: 300 }
const box = (left: number, top: number) => ({ left, top, width: 40, height: 20 })

describe('where something floating goes', () => {
  it('is below its anchor, edges together', () => {
    expect(place(box(50, 50), { width: 100, height: 80 }, view, 'below', 'start')).toMatchObject({ left: 50, top: 76 })
    expect(place(box(150, 50), { width: 100, height: 80 }, view, 'below', 'end')).toMatchObject({ left: 90, top: 76 })
  })

  it('is turned round where there is more room', () => {
    expect(place(box(50, 260), { width: 100, height: 80 }, view, 'below', 'start').top).toBe(174)
    expect(place(box(50, 10), { width: 100, height: 80 }, view, 'above', 'start').top).toBe(36)
  })

  it('never leaves the window', () => {
    const size = fc.record({ width: fc.integer({ min: 10, max: 380 }), height: fc.integer({ min: 10, max: 900 }) })
    const anchor = fc.record({ left: fc.integer({ min: 0, max: 360 }), top: fc.integer({ min: 0, max: 280 }) })
    const sides = fc.constantFrom('below' as const, 'above' as const)
    const aligns = fc.constantFrom('start' as const, 'center' as const, 'end' as const)
    fc.assert(
      fc.property(size, anchor, sides, aligns, (size, { left, top }, side, align) => {
        const at = place(box(left, top), size, view, side, align)
        expect(at.left).toBeGreaterThanOrEqual(8)
        expect(at.left + size.width).toBeLessThanOrEqual(view.width - 8)
        expect(at.top).toBeGreaterThanOrEqual(8)
        expect(at.top + Math.min(size.height, at.maxHeight)).toBeLessThanOrEqual(view.height - 8)
      }),
    )
  })
})

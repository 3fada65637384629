import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reveal } from '@/chat/reveal'

const FRAME_MS = 16

/** Shows `text`, of which `perFrame` characters come with each frame; how much is shown after each. */
function play(
  reveal: Reveal,
  text: string,
  perFrame: number,
  frames: number,
  mode: 'off' | 'smooth' | '60cps',
  from = 0,
) {
  return Array.from({ length: frames }, (_, i) => {
    const come = Math.min(text.length, (i + 1) * perFrame)
    return { come, shown: reveal.advance(text.slice(0, come), from + i * FRAME_MS, mode) }
  })
}

describe('without smoothing', () => {
  it('shows what has come', () => {
    for (const { come, shown } of play(new Reveal(), 'x'.repeat(1000), 50, 20, 'off')) expect(shown).toBe(come)
  })
})

describe('smoothly', () => {
  it('is never more than 150 ms behind, however the text comes', () => {
    const arrivals = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 400 }), size: fc.nat({ max: 3000 }) }), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(arrivals, (pieces) => {
        const reveal = new Reveal()
        const lengths: { at: number; length: number }[] = []
        let now = 0
        let length = 0
        for (const { gap, size } of pieces) {
          for (const end = now + gap; now < end; now += FRAME_MS) reveal.advance('x'.repeat(length), now, 'smooth')
          length += size
          const shown = reveal.advance('x'.repeat(length), now, 'smooth')
          lengths.push({ at: now, length })
          const overdue = lengths.filter(({ at }) => at + 150 <= now).at(-1)?.length ?? 0
          expect(shown).toBeGreaterThanOrEqual(overdue)
          expect(shown).toBeLessThanOrEqual(length)
        }
      }),
    )
  })

  it('keeps up with any speed', () => {
    const steps = play(new Reveal(), 'x'.repeat(1_000_000), 800, 600, 'smooth')
    const { come, shown } = steps.at(-1)!
    expect(come - shown).toBeLessThanOrEqual((800 * 150) / FRAME_MS + 800)
  })

  it('spreads a piece over several frames, and shows more with each', () => {
    const reveal = new Reveal()
    reveal.advance('', 0, 'smooth')
    const text = 'x'.repeat(300)
    const shown = [1, 2, 3, 4, 5].map((frame) => reveal.advance(text, frame * FRAME_MS, 'smooth'))
    expect(shown[0]).toBeGreaterThan(0)
    expect(shown[0]).toBeLessThan(150)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
    expect(reveal.advance(text, 300, 'smooth')).toBe(300)
  })
})

describe('at sixty characters a second', () => {
  it('shows sixty in a second', () => {
    const reveal = new Reveal()
    const text = 'x'.repeat(1000)
    reveal.advance(text, 0, '60cps')
    for (let now = FRAME_MS; now < 1000; now += FRAME_MS) reveal.advance(text, now, '60cps')
    expect(reveal.advance(text, 1000, '60cps')).toBe(60)
  })

  it('does not count the time of a pause', () => {
    const reveal = new Reveal()
    reveal.advance('x'.repeat(1000), 0, '60cps')
    reveal.rest(10_000)
    expect(reveal.advance('x'.repeat(1000), 10_500, '60cps')).toBe(30)
  })

  it('never shows half of a character', () => {
    const reveal = new Reveal()
    const text = '🎉'.repeat(50)
    reveal.advance(text, 0, '60cps')
    for (let now = 0; now < 2000; now += FRAME_MS)
      expect(text.slice(0, reveal.advance(text, now, '60cps'))).not.toMatch(/[\uD800-\uDBFF]$/)
  })
})

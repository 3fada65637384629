import { beforeEach, describe, expect, it } from 'vitest'
import { createFollow, type Follow, type Scroller } from '@/components/chat/transcript/follow'

/** A page of text: positions are clamped and rounded as in a browser. */
class Page implements Scroller {
  height = 1000
  view = 400
  #top = 600
  get top() {
    return this.#top
  }
  set top(value: number) {
    this.#top = Math.round(Math.max(0, Math.min(this.height - this.view, value)))
  }
  resize(height: number) {
    this.height = height
    this.top = this.#top
  }
}

let page: Page
let follow: Follow
let frames: ((now: number) => void)[]
let still: boolean
let growing: boolean
let heard: boolean[]

function run(count = 100) {
  for (let n = 1; n <= count && frames.length; n++) {
    const due = frames
    frames = []
    due.forEach((step) => step(n * 16))
    follow.scrolled()
  }
}

/** The reader moves the page, whatever the device. */
function scrollTo(top: number) {
  page.top = top
  follow.scrolled()
}

beforeEach(() => {
  page = new Page()
  frames = []
  still = false
  growing = true
  heard = []
  follow = createFollow({
    scroller: page,
    frame: (step) => {
      frames.push(step)
      return () => (frames = frames.filter((other) => other !== step))
    },
    still: () => still,
    growing: () => growing,
    changed: (following) => heard.push(following),
  })
})

describe('while it follows', () => {
  it('reaches the end of what grew, and its own moves do not let go', () => {
    page.resize(1100)
    follow.resized()
    run()
    expect(page.top).toBe(700)
    expect(follow.following).toBe(true)
  })

  it('eases over several frames, each one nearer', () => {
    page.resize(1200)
    follow.resized()
    const seen = [page.top]
    for (let n = 0; n < 5; n++) {
      run(1)
      seen.push(page.top)
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('jumps where motion is unwelcome, and where the way is long', () => {
    still = true
    page.resize(1050)
    follow.resized()
    expect(page.top).toBe(650)
    still = false
    page.resize(9000)
    follow.resized()
    expect(page.top).toBe(8600)
    expect(frames).toHaveLength(0)
  })

  it('jumps when the size changes while nobody writes, as when a thread is opened', () => {
    growing = false
    page.resize(1050)
    follow.resized()
    expect(page.top).toBe(650)
  })

  it('stays with the end when the content shrinks', () => {
    page.resize(800)
    follow.scrolled()
    follow.resized()
    expect(page.top).toBe(400)
    expect(follow.following).toBe(true)
  })

  it('stays when the view grows, as when a banner goes', () => {
    page.view = 440
    page.resize(1000)
    follow.scrolled()
    expect(page.top).toBe(560)
    expect(follow.following).toBe(true)
  })

  it('stays when the view shrinks, as under an opening keyboard', () => {
    page.view = 250
    follow.resized()
    run()
    expect(page.top).toBe(750)
  })
})

describe('letting go', () => {
  it('happens at the first upward turn of the wheel, in the middle of a move', () => {
    page.resize(1100)
    follow.resized()
    run(2)
    follow.wheel(-1)
    const here = page.top
    run()
    expect(page.top).toBe(here)
    expect(heard).toEqual([false])
  })

  it.each(['ArrowUp', 'PageUp', 'Home'])('happens at %s', (key) => {
    follow.key({ key, shiftKey: false })
    expect(follow.following).toBe(false)
  })

  it('happens at Shift-Space but not at Space', () => {
    follow.key({ key: ' ', shiftKey: false })
    expect(follow.following).toBe(true)
    follow.key({ key: ' ', shiftKey: true })
    expect(follow.following).toBe(false)
  })

  it('happens when a finger pulls the text down, not when it pushes it up', () => {
    follow.touch(-30)
    expect(follow.following).toBe(true)
    follow.touch(10)
    expect(follow.following).toBe(false)
  })

  it('happens when the scrollbar is dragged up', () => {
    scrollTo(500)
    expect(follow.following).toBe(false)
  })

  it('holds even for a small move within reach of the end', () => {
    scrollTo(580)
    page.resize(1100)
    follow.resized()
    run()
    expect(page.top).toBe(580)
  })

  it('ignores trembling', () => {
    scrollTo(598)
    expect(follow.following).toBe(true)
  })

  it('never happens where there is nothing to scroll', () => {
    page.resize(300)
    follow.wheel(-100)
    expect(follow.following).toBe(true)
  })

  it('is not caused by a write that the browser reports late', () => {
    page.resize(1100)
    follow.jumpToEnd()
    follow.scrolled()
    follow.scrolled()
    expect(follow.following).toBe(true)
  })
})

describe('taking hold again', () => {
  beforeEach(() => scrollTo(200))

  it('needs a downward move to within 60 px of the end', () => {
    scrollTo(530)
    expect(follow.following).toBe(false)
    scrollTo(545)
    expect(follow.following).toBe(true)
  })

  it('does not happen just because the content grew or shrank', () => {
    page.resize(2000)
    follow.resized()
    page.resize(610)
    follow.scrolled()
    follow.resized()
    expect(follow.following).toBe(false)
  })

  it('happens by End and by the button', () => {
    expect(follow.key({ key: 'End', shiftKey: false })).toBe(true)
    run()
    expect(page.top).toBe(600)
    scrollTo(100)
    follow.toEnd()
    run()
    expect(page.top).toBe(600)
    expect(heard).toEqual([false, true, false, true])
  })
})

it('goes to a turn without being pulled back', () => {
  follow.jumpTo(120)
  follow.scrolled()
  page.resize(1500)
  follow.resized()
  run()
  expect(page.top).toBe(120)
  expect(follow.following).toBe(false)
})

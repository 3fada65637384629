import { describe, expect, it, vi } from 'vitest'
import { createFrames } from '@/chat/frames'

function stage(hidden = false) {
  const state = { hidden, frame: [] as (() => void)[], timers: [] as (() => void)[], visible: () => {} }
  const frames = createFrames({
    now: () => 0,
    hidden: () => state.hidden,
    nextFrame: (callback) => void state.frame.push(callback),
    later: (callback) => void state.timers.push(callback),
    onVisible: (callback) => (state.visible = callback),
  })
  const paint = () => state.frame.splice(0).forEach((callback) => callback())
  return { state, frames, paint }
}

describe('frames', () => {
  it('run each task once, all in the next frame', () => {
    const { state, frames, paint } = stage()
    const [a, b] = [vi.fn(), vi.fn()]
    frames.schedule(a)
    frames.schedule(b)
    frames.schedule(a)
    expect(state.frame).toHaveLength(1)
    expect(a).not.toHaveBeenCalled()
    paint()
    expect(a).toHaveBeenCalledTimes(1)
    expect(b).toHaveBeenCalledTimes(1)
  })

  it('take what is scheduled while they run to the next one', () => {
    const { state, frames, paint } = stage()
    const again = vi.fn(() => frames.schedule(again))
    frames.schedule(again)
    paint()
    expect(again).toHaveBeenCalledTimes(1)
    expect(state.frame).toHaveLength(1)
  })

  it('of a hidden tab are slow, and caught up with as soon as it is seen', () => {
    const { state, frames } = stage(true)
    const task = vi.fn()
    frames.schedule(task)
    expect(state.frame).toHaveLength(0)
    expect(state.timers).toHaveLength(1)
    state.hidden = false
    state.visible()
    expect(task).toHaveBeenCalledTimes(1)
    state.timers[0]!()
    expect(task).toHaveBeenCalledTimes(1)
  })

  it('asked for before the tab was hidden come when it is seen again', () => {
    const { state, frames, paint } = stage()
    const task = vi.fn()
    frames.schedule(task)
    state.hidden = true
    frames.schedule(task)
    state.hidden = false
    state.visible()
    expect(task).toHaveBeenCalledTimes(1)
    paint()
    expect(task).toHaveBeenCalledTimes(1)
    frames.schedule(task)
    paint()
    expect(task).toHaveBeenCalledTimes(2)
  })
})

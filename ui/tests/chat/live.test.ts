import { computed, watch } from 'vue'
import { describe, expect, it } from 'vitest'
import { createFrames } from '@/chat/frames'
import { createLiveBoard, type LiveFacts } from '@/chat/live'
import type { Smoothing } from '@/chat/reveal'

const FACTS: LiveFacts = { phase: 'connecting', content: '', reasoning: '', toolCalls: [], startedAt: 0, tokens: 0 }
const OF = { messageId: 'm', threadId: 't', own: true }

function stage(smoothing: Smoothing = 'off') {
  const state = { now: 0, hidden: false, frames: [] as (() => void)[], visible: () => {} }
  const frames = createFrames({
    now: () => state.now,
    hidden: () => state.hidden,
    nextFrame: (callback) => void state.frames.push(callback),
    later: () => undefined,
    onVisible: (callback) => (state.visible = callback),
  })
  const board = createLiveBoard(frames, () => smoothing)
  const paint = (ms = 16) => {
    state.now += ms
    state.frames.splice(0).forEach((callback) => callback())
  }
  return { state, board, paint }
}

describe('a live answer', () => {
  it('changes once a frame, however often it grows', () => {
    const { board, paint } = stage()
    const source = board.open(OF, FACTS)
    const view = board.get('m')!
    let changes = 0
    watch(
      () => view.content,
      () => (changes += 1),
      { flush: 'sync' },
    )
    for (let frame = 0; frame < 10; frame++) {
      for (let i = 0; i < 50; i++) source.update({ phase: 'answering', content: source.facts.content + 'x' })
      paint()
    }
    expect(view.content).toHaveLength(500)
    expect(view.phase).toBe('answering')
    expect(changes).toBe(10)
  })

  it('is there at once, reactively, and gone when it has ended', () => {
    const { board, paint } = stage()
    const phase = computed(() => board.get('m')?.phase)
    const running = computed(() => board.running('t'))
    expect(phase.value).toBeUndefined()
    const source = board.open(OF, FACTS)
    expect(phase.value).toBe('connecting')
    expect(running.value).toEqual(['m'])
    source.update({ content: 'all', phase: 'answering' })
    const view = board.get('m')!
    source.end()
    expect(view).toMatchObject({ phase: 'ended', content: 'all', backlog: 0 })
    expect(phase.value).toBeUndefined()
    expect(running.value).toEqual([])
    paint()
    expect(board.get('m')).toBeUndefined()
  })

  it('stands still while paused, says how much waits, and catches up', () => {
    const { board, paint } = stage()
    const source = board.open(OF, FACTS)
    source.update({ phase: 'answering', content: 'one', tokens: 1 })
    paint()
    board.pause('m')
    source.update({ content: 'one two', tokens: 2 })
    paint()
    expect(board.get('m')).toMatchObject({ phase: 'paused', content: 'one', backlog: 4, tokens: 2 })
    board.resume('m')
    expect(board.get('m')).toMatchObject({ phase: 'answering', content: 'one two', backlog: 0 })
  })

  it('that ends while paused stays until it is resumed, and runs no more', () => {
    const { board, paint } = stage()
    const running = computed(() => board.running('t'))
    const held = computed(() => board.held('t'))
    const source = board.open(OF, FACTS)
    source.update({ phase: 'answering', content: 'one' })
    paint()
    expect(held.value).toEqual([])
    board.pause('m')
    source.update({ content: 'one two' })
    expect(running.value).toEqual(['m'])
    source.end()
    paint()
    expect(running.value).toEqual([])
    expect(held.value).toEqual(['m'])
    expect(board.get('m')).toMatchObject({ phase: 'paused', content: 'one' })
    board.resume('m')
    expect(board.get('m')).toBeUndefined()
    expect(held.value).toEqual([])
  })

  it('is smoothed over frames in which nothing comes, and shown whole at its end', () => {
    const { board, paint } = stage('smooth')
    const source = board.open(OF, FACTS)
    paint()
    source.update({ content: 'x'.repeat(300), phase: 'answering' })
    paint()
    paint()
    const early = board.get('m')!.content.length
    expect(early).toBeLessThan(300)
    for (let i = 0; i < 12; i++) paint()
    expect(board.get('m')!.content).toHaveLength(300)
    source.update({ content: 'x'.repeat(900) })
    const view = board.get('m')!
    source.end()
    expect(view.content).toHaveLength(900)
  })

  describe('at a fixed pace', () => {
    function ended() {
      const all = stage('60cps')
      const source = all.board.open(OF, FACTS)
      source.update({ content: 'x'.repeat(300), phase: 'answering' })
      all.paint()
      all.paint(1000)
      source.end()
      return all
    }

    it('keeps to it after its end, until all is shown', () => {
      const { board, paint } = ended()
      expect(board.running('t')).toEqual([])
      expect(board.held('t')).toEqual(['m'])
      expect(board.get('m')).toMatchObject({ phase: 'answering', content: 'x'.repeat(60) })
      paint(1000)
      expect(board.get('m')).toMatchObject({ content: 'x'.repeat(120), backlog: 180 })
      paint(3000)
      expect(board.get('m')).toBeUndefined()
      expect(board.held('t')).toEqual([])
    })

    it('shows the rest at once when asked to, and where nobody looks', () => {
      const asked = ended()
      asked.board.resume('m')
      expect(asked.board.get('m')).toBeUndefined()
      const unseen = ended()
      unseen.state.hidden = true
      unseen.paint(16)
      expect(unseen.board.get('m')).toBeUndefined()
    })
  })

  it('of a hidden tab is whole when the tab is seen again', () => {
    const { state, board } = stage('60cps')
    const source = board.open(OF, FACTS)
    state.frames.splice(0)
    state.hidden = true
    source.update({ content: 'x'.repeat(5000), phase: 'answering' })
    expect(board.get('m')!.content).toBe('')
    state.hidden = false
    state.now = 60_000
    state.visible()
    expect(board.get('m')!.content).toHaveLength(5000)
  })

  it('that was there before opens with all of its text', () => {
    const { board } = stage('60cps')
    board.open(OF, { ...FACTS, content: 'from before' })
    expect(board.get('m')!.content).toBe('from before')
  })

  it('may be made anew under the same id', () => {
    const { board, paint } = stage()
    const first = board.open(OF, FACTS)
    first.end()
    board.open(OF, { ...FACTS, content: 'second' })
    first.update({ content: 'late' })
    paint()
    expect(board.get('m')!.content).toBe('second')
    expect(board.running('t')).toEqual(['m'])
  })
})

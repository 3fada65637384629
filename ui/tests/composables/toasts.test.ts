import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createToasts } from '@/composables/useToast'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const texts = (toasts: ReturnType<typeof createToasts>) => toasts.toasts.value.map(({ text }) => text)

describe('toasts', () => {
  it('go by themselves, and stay while they are looked at', () => {
    const toasts = createToasts()
    toasts.show('saved', { timeoutMs: 1000 })
    vi.advanceTimersByTime(900)
    toasts.hold(true)
    vi.advanceTimersByTime(60_000)
    expect(texts(toasts)).toEqual(['saved'])
    toasts.hold(false)
    vi.advanceTimersByTime(99)
    expect(texts(toasts)).toEqual(['saved'])
    vi.advanceTimersByTime(2)
    expect(texts(toasts)).toEqual([])
  })

  it('stay until they are dismissed when asked to', () => {
    const toasts = createToasts()
    const id = toasts.show('broken', { timeoutMs: 0 })
    vi.advanceTimersByTime(600_000)
    expect(texts(toasts)).toEqual(['broken'])
    toasts.dismiss(id)
    expect(texts(toasts)).toEqual([])
  })

  it('say the same thing once', () => {
    const toasts = createToasts()
    toasts.show('copied')
    toasts.show('copied')
    expect(texts(toasts)).toEqual(['copied'])
  })

  it('are few: the oldest makes room', () => {
    const toasts = createToasts()
    for (const text of ['1', '2', '3', '4', '5']) toasts.show(text)
    expect(texts(toasts)).toEqual(['2', '3', '4', '5'])
  })

  it('undo the newest deletion first, each once', () => {
    const toasts = createToasts()
    const undone: string[] = []
    const undoable = (name: string) => ({ expiresAt: Date.now() + 10_000, undo: async () => void undone.push(name) })
    toasts.showUndo('deleted a', undoable('a'))
    toasts.showUndo('deleted b', undoable('b'))
    toasts.show('something else')
    expect(toasts.undoLast()).toBe(true)
    expect(toasts.undoLast()).toBe(true)
    expect(toasts.undoLast()).toBe(false)
    expect(undone).toEqual(['b', 'a'])
  })

  it('offer to undo no longer than that is possible', () => {
    const toasts = createToasts()
    toasts.showUndo('deleted', { expiresAt: Date.now() + 10_000, undo: async () => undefined })
    vi.advanceTimersByTime(9_999)
    expect(texts(toasts)).toEqual(['deleted'])
    vi.advanceTimersByTime(2)
    expect(texts(toasts)).toEqual([])
    expect(toasts.undoLast()).toBe(false)
  })
})

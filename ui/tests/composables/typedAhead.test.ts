import { afterEach, describe, expect, it, vi } from 'vitest'
import { dropTyped, keepTyping, takeTyped } from '@/composables/typedAhead'

const composer = document.createElement('textarea')
document.body.append(composer)
afterEach(dropTyped)

/** Whether the key reached what has the focus. */
function press(key: string, held: KeyboardEventInit = {}): boolean {
  const heard = vi.fn()
  composer.addEventListener('keydown', heard)
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...held })
  composer.dispatchEvent(event)
  composer.removeEventListener('keydown', heard)
  return heard.mock.calls.length > 0 && !event.defaultPrevented
}

function load() {
  let resolve!: (part: string) => void
  let reject!: (error: Error) => void
  const loading = new Promise<string>((...ways) => ([resolve, reject] = ways))
  const leave = vi.fn()
  return { kept: keepTyping(loading, leave), leave, resolve, reject }
}

describe('keys pressed while a part is fetched', () => {
  it('are kept for it, and given once', async () => {
    const { kept, resolve } = load()
    for (const key of ['s', 'o', 'x', 'Backspace', 'c', 'Shift', 'Enter', 'z']) expect(press(key)).toBe(key === 'Shift')
    resolve('the part')
    expect(await kept).toBe('the part')
    expect(takeTyped()).toEqual({ text: 'soc', entered: true })
    expect(takeTyped()).toEqual({ text: '', entered: false })
  })

  it('reach the page again once it is there, or cannot be had', async () => {
    const there = load()
    there.resolve('')
    await there.kept
    expect(press('a')).toBe(true)
    const gone = load()
    press('b')
    gone.reject(new Error('gone'))
    await expect(gone.kept).rejects.toThrow('gone')
    expect(press('a')).toBe(true)
    expect(takeTyped().text).toBe('')
  })

  it('leave with Escape', async () => {
    const { kept, leave, resolve } = load()
    press('Escape')
    expect(leave).toHaveBeenCalledOnce()
    expect(press('a')).toBe(true)
    resolve('')
    await kept
  })

  it('leave shortcuts and composed words alone', async () => {
    const { kept, resolve } = load()
    expect(press('k', { ctrlKey: true })).toBe(true)
    expect(press('に', { isComposing: true })).toBe(true)
    resolve('')
    await kept
    expect(takeTyped().text).toBe('')
  })
})

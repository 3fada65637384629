import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGatewayWait } from '@/chat/gateway'
import { createOutbox } from '@/chat/outbox'
import { throttle } from '@/chat/throttle'
import type { QueuedMessage } from '@/chat/types'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a throttle', () => {
  it('works at most so often, and never loses the last call', () => {
    const work = vi.fn()
    const throttled = throttle(work, 1000, Date.now)
    for (let i = 0; i < 35; i++) {
      throttled.call()
      vi.advanceTimersByTime(100)
    }
    expect(work).toHaveBeenCalledTimes(3)
    vi.advanceTimersByTime(1000)
    expect(work).toHaveBeenCalledTimes(4)
  })

  it('works with the next call when timers are late', () => {
    const work = vi.fn()
    const throttled = throttle(work, 1000, Date.now)
    throttled.call()
    vi.setSystemTime(Date.now() + 5000)
    throttled.call()
    expect(work).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(999)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('forgets what waits when told to', () => {
    const work = vi.fn()
    const throttled = throttle(work, 1000, Date.now)
    throttled.call()
    throttled.cancel()
    vi.advanceTimersByTime(5000)
    expect(work).not.toHaveBeenCalled()
  })
})

describe('waiting for the gateway', () => {
  function stage() {
    const state = { up: false, asked: 0, wake: () => {} }
    const healthy = async () => {
      state.asked += 1
      return state.up
    }
    return { state, wait: createGatewayWait({ healthy }, (wake) => (state.wake = wake)) }
  }

  it('asks less and less often, once for all who wait', async () => {
    const { state, wait } = stage()
    const back = Promise.all([wait.back(new AbortController().signal), wait.back(new AbortController().signal)])
    await vi.advanceTimersByTimeAsync(1000)
    expect(state.asked).toBe(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state.asked).toBeLessThanOrEqual(9)
    state.up = true
    await vi.advanceTimersByTimeAsync(10_000)
    await back
    const { asked } = state
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state.asked).toBe(asked)
  })

  it('asks at once when the browser is online again', async () => {
    const { state, wait } = stage()
    const back = wait.back(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(30_000)
    state.up = true
    state.wake()
    await back
    state.wake()
    const { asked } = state
    await vi.advanceTimersByTimeAsync(0)
    expect(state.asked).toBe(asked)
  })

  it('ends when nobody wants to wait any more', async () => {
    const { state, wait } = stage()
    const stop = new AbortController()
    const back = wait.back(stop.signal)
    stop.abort(new DOMException('stopped', 'AbortError'))
    await expect(back).rejects.toMatchObject({ name: 'AbortError' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state.asked).toBe(0)
    await expect(wait.back(stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the outbox', () => {
  const queued = (id: string, more: Partial<QueuedMessage> = {}): QueuedMessage => ({
    id,
    threadId: 't',
    text: `text ${id}`,
    attachments: [],
    models: ['a/b'],
    at: 1,
    ...more,
  })

  beforeEach(() => localStorage.clear())

  it('keeps messages in their order, by thread, through a reload', () => {
    const outbox = createOutbox(localStorage, () => undefined)
    outbox.put(queued('b', { at: 2 }))
    outbox.put(queued('c', { at: 3, threadId: 'other' }))
    outbox.put(queued('a', { at: 1 }))
    const reloaded = createOutbox(localStorage, () => undefined)
    expect(reloaded.queue('t').value.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(reloaded.threadIds().sort()).toEqual(['other', 't'])
    reloaded.remove('a')
    expect(reloaded.queue('t').value.map(({ id }) => id)).toEqual(['b'])
    expect(reloaded.find('a')).toBeUndefined()
  })

  it('sees what another tab changed', () => {
    let changed = () => {}
    const outbox = createOutbox(localStorage, (callback) => (changed = callback))
    const queue = outbox.queue('t')
    expect(queue.value).toEqual([])
    createOutbox(localStorage, () => undefined).put(queued('a'))
    changed()
    expect(queue.value).toHaveLength(1)
  })

  it('writes nothing of a temporary thread', () => {
    const outbox = createOutbox(localStorage, () => undefined)
    outbox.put(queued('a'), { inMemory: true })
    expect(outbox.queue('t').value).toHaveLength(1)
    expect(localStorage).toHaveLength(0)
    outbox.remove('a')
    expect(outbox.queue('t').value).toHaveLength(0)
  })

  it('still works without a storage, or with a full one', () => {
    const full = {
      ...localStorage,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError')
      },
    }
    const broken = {
      getItem: () => null,
      removeItem: () => undefined,
      key: () => null,
      length: 0,
      setItem: full.setItem,
    }
    for (const outbox of [createOutbox(null, () => undefined), createOutbox(broken, () => undefined)]) {
      outbox.put(queued('a'))
      expect(outbox.queue('t').value).toHaveLength(1)
    }
  })

  it('passes over what is not its own', () => {
    localStorage.setItem('llms.queued.x', '{nonsense')
    localStorage.setItem('llms.queued.y', '{"id": "y"}')
    localStorage.setItem('llms.settings', '{}')
    localStorage.setItem('llms.waiting.z', '7')
    const outbox = createOutbox(localStorage, () => undefined)
    expect(outbox.threadIds()).toEqual([])
    expect(outbox.waiting()).toEqual([])
  })

  it('remembers answers that wait for the gateway', () => {
    const outbox = createOutbox(localStorage, () => undefined)
    outbox.putWaiting({ threadId: 't', messageId: 'm', promptId: 'p' })
    expect(createOutbox(localStorage, () => undefined).waiting()).toEqual([
      { threadId: 't', messageId: 'm', promptId: 'p' },
    ])
    outbox.removeWaiting('m')
    expect(outbox.waiting()).toEqual([])
  })
})

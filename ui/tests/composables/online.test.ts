import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createOnline } from '@/composables/useOnline'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const state = { healthy: true, network: true, asked: 0 }
  const network = new EventTarget()
  const online = createOnline({
    healthy: async () => {
      state.asked++
      return state.healthy
    },
    network,
    isOnline: () => state.network,
  })
  return { state, network, online }
}

describe('whether the gateway answers', () => {
  it('is not asked while nothing is wrong', async () => {
    const { state, online } = setUp()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(state.asked).toBe(0)
    expect(online.connection.value).toBe('online')
  })

  it('is asked ever more slowly until it does', async () => {
    const { state, online } = setUp()
    state.healthy = false
    await online.check()
    expect(online.connection.value).toBe('unreachable')
    await vi.advanceTimersByTimeAsync(60_000)
    const asked = state.asked
    expect(asked).toBeGreaterThan(3)
    expect(asked).toBeLessThan(10)
    state.healthy = true
    await vi.advanceTimersByTimeAsync(30_000)
    expect(online.connection.value).toBe('online')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(state.asked).toBe(asked + 1)
  })

  it('is asked once, however many want to know', async () => {
    const { state, online } = setUp()
    expect(await Promise.all([online.check(), online.check(), online.check()])).toEqual([true, true, true])
    expect(state.asked).toBe(1)
  })

  it('counts more than the network: a gateway on this machine needs none', async () => {
    const { state, network, online } = setUp()
    state.network = false
    network.dispatchEvent(new Event('offline'))
    await vi.advanceTimersByTimeAsync(0)
    expect(online.connection.value).toBe('online')
    state.healthy = false
    await online.check()
    expect(online.connection.value).toBe('offline')
    state.network = state.healthy = true
    network.dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(0)
    expect(online.connection.value).toBe('online')
  })
})

import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ErrorCard from '@/components/chat/answer/ErrorCard.vue'
import type { ChatError, ErrorAction } from '@/domain'

beforeEach(() => void vi.useFakeTimers({ now: 10_000 }))
afterEach(() => void vi.useRealTimers())

const error = (action: ErrorAction, patch: Partial<ChatError> = {}): ChatError => ({
  code: 'upstream_error',
  status: 503,
  message: 'The provider said no.',
  action,
  at: 10_000,
  ...patch,
})
const card = (props: { error: ChatError; partial?: boolean }) =>
  mount(ErrorCard, { props: { partial: false, ...props } })

describe('an error', () => {
  it.each([
    ['retry', 'Try again', 'retry'],
    ['pick-model', 'Choose another model', 'pick-model'],
    ['set-key', 'Set the gateway key', 'set-key'],
    ['trim', 'Leave out the oldest turns', 'trim'],
    ['add-provider', 'Look at the providers', 'add-provider'],
  ] as const)('of the kind %s offers exactly one thing', async (action, label, emitted) => {
    const wrapper = card({ error: error(action) })
    const buttons = wrapper.findAll('button')
    expect(buttons.map((button) => button.text())).toEqual([label])
    await buttons[0]!.trigger('click')
    expect(wrapper.emitted('act')).toEqual([[emitted]])
  })

  it('without a remedy offers nothing', () => {
    expect(card({ error: error('none') }).findAll('button')).toHaveLength(0)
  })

  it('goes on from a partial answer, and tries again without one', () => {
    expect(
      card({ error: error('continue'), partial: true })
        .get('button')
        .text(),
    ).toBe('Continue')
    expect(
      card({ error: error('continue') })
        .get('button')
        .text(),
    ).toBe('Try again')
  })

  it('is an alert that tells what and why', () => {
    const wrapper = card({ error: error('retry') })
    expect(wrapper.attributes('role')).toBe('alert')
    expect(wrapper.text()).toContain('The provider failed')
    expect(wrapper.text()).toContain('The provider said no.')
    expect(wrapper.text()).toContain('503 · upstream_error')
  })

  it('counts down to its retry, and only then tries', async () => {
    const wrapper = card({ error: error('retry', { retryAfterMs: 3000 }) })
    const button = wrapper.get('button')
    expect(button.text()).toBe('Try again in 3 s')
    await button.trigger('click')
    expect(wrapper.emitted('act')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(3000)
    expect(button.text()).toBe('Try again')
    await button.trigger('click')
    expect(wrapper.emitted('act')).toHaveLength(1)
    wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})

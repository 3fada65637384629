import { afterEach, describe, expect, it } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { measureComposer, useComposerSize } from '@/composables/useComposerSize'

let scope: EffectScope | undefined
afterEach(() => scope?.stop())

const size = () => document.documentElement.style.getPropertyValue('--composer-size')

function composer(top: number, bottom: number): HTMLElement {
  const element = document.createElement('div')
  element.getBoundingClientRect = () => ({ top, bottom }) as DOMRect
  return element
}

describe('the room of the composer', () => {
  it('is what it takes from the lower edge, and nothing once it is gone', async () => {
    scope = effectScope()
    scope.run(() => useComposerSize(shallowRef(composer(innerHeight - 120, innerHeight - 8))))
    await nextTick()
    expect(size()).toBe('120px')
    scope.stop()
    expect(size()).toBe('0px')
  })

  it('is none in the middle of a page, also when it moves there', () => {
    const element = shallowRef(composer(innerHeight - 100, innerHeight))
    scope = effectScope()
    scope.run(() => useComposerSize(element))
    element.value.getBoundingClientRect = () => ({ top: 300, bottom: 400 }) as DOMRect
    measureComposer()
    expect(size()).toBe('0px')
  })
})

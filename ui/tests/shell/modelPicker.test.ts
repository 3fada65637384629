import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import ModelPicker from '@/components/dialogs/ModelPicker.vue'
import ModelRow from '@/components/dialogs/ModelRow.vue'
import { keepTyping } from '@/composables/typedAhead'
import { useShell } from '@/composables/useShell'
import { useModels } from '@/stores/models'
import { useSettings } from '@/stores/settings'
import type { ModelInfo } from '@/domain'
import { press, settled } from './support/browser'
import { model, offerModels, startPage } from './support/page'

const MODELS = Array.from({ length: 5000 }, (_, n) =>
  model(`acme/model-${n}`, { contextWindow: 128_000, pricePrompt: n / 100, priceCompletion: n / 25 }),
)

let wrapper: VueWrapper
beforeAll(async () => void (await startPage()))
beforeEach(async () => {
  useSettings().resetSettings()
  await offerModels(MODELS)
})
afterEach(() => wrapper.unmount())

async function open(current = ''): Promise<Promise<string | null>[]> {
  // In a list, so that awaiting this does not wait for the answer.
  const answer = [useShell().pickModel(current)]
  wrapper = mount(ModelPicker, { attachTo: document.body })
  await settled(10)
  return answer
}

const field = () => wrapper.get<HTMLInputElement>('[role="combobox"]')
const active = () => document.getElementById(field().attributes('aria-activedescendant')!)

describe('the model picker', () => {
  it('keeps 5,000 models out of the page but for those in sight', async () => {
    await open()
    const rows = wrapper.findAll('[role="option"]')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThan(60)
    expect(rows[0]!.attributes('aria-setsize')).toBe('5000')
  })

  it('is a combobox over a list', async () => {
    await open()
    expect(document.activeElement).toBe(field().element)
    expect(document.getElementById(field().attributes('aria-controls')!)?.getAttribute('role')).toBe('listbox')
    expect(active()?.getAttribute('aria-selected')).toBe('true')
  })

  it('finds, walks and chooses with the keyboard', async () => {
    const [answer] = await open()
    await field().setValue('model-77')
    await settled()
    expect(active()?.textContent).toContain('model-77')
    press(field().element, 'ArrowDown')
    press(field().element, 'ArrowDown')
    press(field().element, 'ArrowUp')
    await settled()
    const chosen = active()!.querySelector('.name')!.textContent!.trim().split(/\s/)[0]
    press(field().element, 'Enter')
    expect(await answer).toBe(`acme/${chosen}`)
    expect(chosen).not.toBe('model-77')
  })

  it('chooses what was typed before it came', async () => {
    const loading = keepTyping(Promise.resolve(), () => undefined)
    for (const key of [...'model-77', 'Enter']) press(document.body, key)
    await loading
    const [answer] = await open()
    expect(await answer).toBe('acme/model-77')
    expect(useShell().dialog.value).toBeNull()
  })

  it('answers with nothing when it is closed', async () => {
    const [answer] = await open()
    await wrapper.get('button[aria-label="Close"]').trigger('click')
    await settled()
    expect(await answer).toBeNull()
    expect(useShell().dialog.value).toBeNull()
  })

  it('begins at the model in use', async () => {
    await offerModels(MODELS.slice(0, 6))
    await open('acme/model-4')
    expect(active()?.textContent).toContain('Current model')
  })

  it('shows price and context of a model, or what is said of it', () => {
    const factsOf = (shown: ModelInfo) => {
      wrapper = mount(ModelRow, { props: { model: shown, active: false, current: false, favorite: false } })
      return wrapper.get('.facts').text()
    }
    expect(factsOf(MODELS[300]!)).toBe('$3 in · $12 out per M tokens · 128K context')
    expect(factsOf(model('acme/free', { pricePrompt: 0, priceCompletion: 0 }))).toBe('Free')
    expect(factsOf(model('acme/new', { raw: { description: 'thinks aloud' } }))).toBe('thinks aloud')
  })

  it('filters, and says how many are left', async () => {
    await open()
    const price = wrapper.get<HTMLSelectElement>('select[aria-label="Price"]')
    await price.setValue('0.5')
    await settled()
    expect(wrapper.get('[role="status"]').text()).toBe('51 models')
    await field().setValue('zzzz')
    await settled()
    expect(wrapper.text()).toContain('No model matches.')
    await wrapper
      .findAll('button')
      .find((each) => each.text() === 'Reset filters')!
      .trigger('click')
    await settled()
    expect(wrapper.get('[role="status"]').text()).toBe('5,000 models')
  })

  it('remembers favourites', async () => {
    await open()
    await field().setValue('model-42')
    await settled()
    const star = wrapper.get('footer button')
    await star.trigger('click')
    expect(useSettings().settings.favoriteModels).toEqual(['acme/model-42'])
    expect(star.attributes('aria-pressed')).toBe('true')
    await star.trigger('click')
    expect(useSettings().settings.favoriteModels).toEqual([])
  })

  it('tells why there is nothing to choose from', async () => {
    await offerModels([])
    useModels().error.value = { code: 'unreachable', status: 0, message: 'No route.', action: 'retry', at: 0 }
    await open()
    expect(wrapper.text()).toContain('could not be loaded. No route.')
    useModels().error.value = null
  })
})

import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import PromptLibrary from '@/components/dialogs/PromptLibrary.vue'
import { useToast } from '@/composables/useToast'
import { usePrompts } from '@/stores/prompts'
import { settled } from './support/browser'
import { startPage } from './support/page'

let wrapper: VueWrapper
beforeAll(async () => void (await startPage()))
beforeEach(async () => {
  const { loadPrompts, deletePrompt, savePrompt } = usePrompts()
  for (const { id } of await loadPrompts()) await deletePrompt(id)
  await savePrompt({ name: 'review', title: 'Review a diff', text: 'Review this {{language}} diff' })
  await savePrompt({ name: 'tutor', title: 'A patient tutor', text: 'You teach.', kind: 'system' })
  wrapper = mount(PromptLibrary, { attachTo: document.body })
  await settled(10)
})
afterEach(() => wrapper.unmount())

const titles = () => wrapper.findAll('.prompt .title').map((title) => title.text())
const button = (text: string) => wrapper.findAll('button').find((each) => each.text() === text)!
function field(label: string) {
  const found = wrapper.findAll('label').find((each) => each.text() === label)!
  return wrapper.get<HTMLInputElement>(`#${found.attributes('for')}`)
}

describe('the prompt library', () => {
  it('lists prompts with what is typed for them, and is searched', async () => {
    expect(titles()).toEqual(['Review a diff', 'A patient tutor'])
    expect(wrapper.get('code').text()).toBe('/review')
    await wrapper.get('input[type="search"]').setValue('teach')
    expect(titles()).toEqual(['A patient tutor'])
  })

  it('makes a prompt, named after its title, and tells its variables', async () => {
    await button('New prompt').trigger('click')
    await settled()
    await field('Title').setValue('Letter to a landlord')
    await field('Text').setValue('About {{what}}, kindly, to {{whom}}')
    expect(wrapper.text()).toContain('Typed as /letter-to-a-landlord')
    expect(wrapper.text()).toContain('Variables: what, whom')
    await wrapper.get('form').trigger('submit')
    await settled(10)
    expect(usePrompts().prompts.value.map(({ name }) => name)).toContain('letter-to-a-landlord')
    expect(document.activeElement?.textContent).toContain('Letter to a landlord')
  })

  it('wants a title and a text', async () => {
    await button('New prompt').trigger('click')
    await wrapper.get('form').trigger('submit')
    await settled()
    expect(field('Title').attributes('aria-invalid')).toBe('true')
    expect(usePrompts().prompts.value).toHaveLength(2)
  })

  it('changes a prompt in its place', async () => {
    await wrapper.get('.prompt').trigger('click')
    await settled()
    await field('Title').setValue('Review a patch')
    await wrapper.get('form').trigger('submit')
    await settled(10)
    expect(titles()).toEqual(['Review a patch', 'A patient tutor'])
  })

  it('deletes a prompt, and takes it back', async () => {
    await wrapper.get('.prompt').trigger('click')
    await settled()
    await button('Delete').trigger('click')
    await settled(10)
    expect(titles()).toEqual(['A patient tutor'])
    useToast().undoLast()
    await settled(10)
    expect(titles()).toEqual(['Review a diff', 'A patient tutor'])
  })
})

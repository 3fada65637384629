import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import Choice from '@/components/ui/Choice.vue'
import Switch from '@/components/ui/Switch.vue'
import TextField from '@/components/ui/TextField.vue'
import IconButton from '@/components/ui/IconButton.vue'

describe('fields', () => {
  it('a switch is a checkbox with its label', async () => {
    const wrapper = mount(Switch, { props: { modelValue: false, label: 'Enable Streaming', hint: 'As it comes.' } })
    const box = wrapper.get<HTMLInputElement>('input[type="checkbox"]')
    expect(box.element.labels?.[0]?.textContent).toBe('Enable Streaming')
    expect(wrapper.get(`#${box.attributes('aria-describedby')}`).text()).toBe('As it comes.')
    await box.setValue(true)
    expect(wrapper.emitted('update:modelValue')).toEqual([[true]])
  })

  it('a choice is a group of radio buttons', async () => {
    const options = [
      { value: 'a', label: 'First' },
      { value: 'b', label: 'Second' },
    ]
    const wrapper = mount(Choice, { props: { modelValue: 'a', label: 'Which', options } })
    const radios = wrapper.findAll<HTMLInputElement>('input[type="radio"]')
    expect(wrapper.get('legend').text()).toBe('Which')
    expect(radios.map((radio) => radio.element.checked)).toEqual([true, false])
    expect(new Set(radios.map((radio) => radio.element.name)).size).toBe(1)
    await radios[1]!.setValue(true)
    expect(wrapper.emitted('update:modelValue')).toEqual([['b']])
  })

  it('a text field tells its error with the field', async () => {
    const wrapper = mount(TextField, { props: { modelValue: '', label: 'Title', hint: 'Short' } })
    const input = wrapper.get<HTMLInputElement>('input')
    expect(input.attributes('aria-invalid')).toBeUndefined()
    await wrapper.setProps({ error: 'Needed.' })
    expect(input.attributes('aria-invalid')).toBe('true')
    expect(wrapper.get(`#${input.attributes('aria-describedby')}`).text()).toBe('Needed.')
  })

  it('a button with a picture only has a name', () => {
    const wrapper = mount(IconButton, { props: { icon: 'close', label: 'Close', pressed: true } })
    expect(wrapper.attributes()).toMatchObject({ 'aria-label': 'Close', 'aria-pressed': 'true', type: 'button' })
    expect(wrapper.get('svg').attributes('aria-hidden')).toBe('true')
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { createSidePanels } from '@/composables/useSidePanel'

afterEach(() => document.body.replaceChildren())

function button(): HTMLElement {
  const made = document.body.appendChild(document.createElement('button'))
  made.focus()
  return made
}

describe('the panel beside the conversation', () => {
  it('is one at a time', () => {
    const panels = createSidePanels()
    panels.open('settings')
    panels.open('xray')
    expect(panels.active.value).toBe('xray')
    panels.close('settings')
    expect(panels.active.value).toBe('xray')
    panels.toggle('xray')
    expect(panels.active.value).toBeNull()
  })

  it('gives the focus back to what opened the first of them', async () => {
    const panels = createSidePanels()
    const trigger = button()
    panels.open('settings')
    trigger.blur()
    panels.open('xray')
    panels.close()
    await nextTick()
    expect(document.activeElement).toBe(trigger)
  })

  it('leaves the focus where somebody has put it meanwhile', async () => {
    const panels = createSidePanels()
    button()
    panels.open('settings')
    const elsewhere = button()
    panels.close()
    await nextTick()
    expect(document.activeElement).toBe(elsewhere)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { nextTick, reactive } from 'vue'
import { isDark, startTheme } from '@/composables/useTheme'
import { defaultSettings } from '@/stores/settings'

const root = document.documentElement
let stop = () => undefined as void

afterEach(() => {
  stop()
  history.replaceState(null, '', '/')
  for (const name of [...root.getAttributeNames()]) root.removeAttribute(name)
})

describe('the theme', () => {
  it('is on the root element and, for the next page, in a cookie of the app', async () => {
    const settings = reactive(defaultSettings())
    stop = startTheme(settings, 'http://localhost:3000/')
    expect(root.dataset['theme']).toBe('system')
    settings.theme = 'contrast'
    await nextTick()
    expect(root.dataset['theme']).toBe('contrast')
    expect(document.cookie).toContain('llms-theme=contrast')
  })

  it('gives way to the address for one visit, which leaves no trace', () => {
    document.cookie = 'llms-theme=light; path=/'
    history.replaceState(null, '', '/?dark')
    stop = startTheme(reactive(defaultSettings()), 'http://localhost:3000/')
    expect(root.dataset['theme']).toBe('dark')
    expect(isDark()).toBe(true)
    expect(document.cookie).toContain('llms-theme=light')
  })

  it('scales all text with the setting, from what the browser is set to', async () => {
    const settings = reactive(defaultSettings())
    stop = startTheme(settings, 'http://localhost:3000/')
    settings.fontSize = 20
    await nextTick()
    expect(root.style.getPropertyValue('--font-scale')).toBe('1.25')
  })

  it('marks plain mode', async () => {
    const settings = reactive(defaultSettings())
    stop = startTheme(settings, 'http://localhost:3000/')
    expect(root.hasAttribute('data-plain')).toBe(false)
    settings.plainMode = true
    await nextTick()
    expect(root.hasAttribute('data-plain')).toBe(true)
  })
})

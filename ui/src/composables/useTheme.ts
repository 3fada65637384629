// Theme, size of text and plain mode, as attributes of the root element. The theme is a cookie too: the server writes it
// into the page, so that a reload paints in the right colours at once. `?dark` and `?light` win for one visit.
import { watchEffect } from 'vue'
import type { Settings } from '@/stores/settings'

const COOKIE = 'llms-theme'
const YEAR_S = 31_536_000

function wanted(search: string): Settings['theme'] | null {
  const query = new URLSearchParams(search)
  return query.has('dark') ? 'dark' : query.has('light') ? 'light' : null
}

/** Keeps the root element as the settings say. `root` is the app's absolute address, for the cookie's path. */
export function startTheme(settings: Settings, root: string, page: Document = document): () => void {
  const override = wanted(page.location.search)
  const element = page.documentElement
  const path = new URL(root, page.location.href).pathname
  return watchEffect(() => {
    element.dataset['theme'] = override ?? settings.theme
    element.style.setProperty('--font-scale', String(settings.fontSize / 16))
    element.toggleAttribute('data-plain', settings.plainMode)
    if (!override) page.cookie = `${COOKIE}=${settings.theme}; path=${path}; max-age=${YEAR_S}; samesite=lax`
  })
}

/** Whether the page is dark now, whatever made it so: for what cannot follow `color-scheme`, such as a frame. */
export function isDark(page: Document = document): boolean {
  const theme = page.documentElement.dataset['theme']
  if (theme === 'dark' || theme === 'light') return theme === 'dark'
  return globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false
}

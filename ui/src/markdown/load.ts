// Loads what shows Markdown, once: when the page has nothing better to do, or when the first message needs it.

import { whenIdle } from './idle'
import type * as page from './page'

type Parts = typeof page

let parts: Parts | null = null
let loading: Promise<Parts> | null = null

export function loadParts(): Promise<Parts> {
  loading ??= import('./page').then(
    (loaded) => (parts = loaded),
    (problem: unknown) => {
      // Perhaps offline: who asks next tries again.
      loading = null
      throw problem
    },
  )
  return loading
}

/** The parts if they are there already: then the first text shows with the first frame. */
export function loadedParts(): Parts | null {
  return parts
}

whenIdle(() => {
  loadParts().catch(() => undefined)
  return false
})

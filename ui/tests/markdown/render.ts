// Renders Markdown as the page does, with a worker, formulas and a gateway that never answer.

import { createStreamRenderer, type StreamRenderer } from '@/markdown/renderer'
import type { Services } from '@/markdown/view/view'

export const quiet: Services = {
  highlight: () => Promise.resolve(null),
  typeset: () => undefined,
  loadImage: () => Promise.reject(new Error('no network')),
  previewUrl: 'sandbox.html',
}

export interface Rendering {
  root: HTMLElement
  renderer: StreamRenderer
}

export function start(services: Partial<Services> = {}): Rendering {
  const root = document.createElement('div')
  document.body.replaceChildren(root)
  return { root, renderer: createStreamRenderer(root, { ...quiet, ...services }) }
}

/** The elements of a text that came in one piece. */
export function render(text: string): HTMLElement {
  const { root, renderer } = start()
  void renderer.finish(text)
  return root
}

/** The elements of a text that came in pieces. */
export function stream(pieces: string[]): HTMLElement {
  const { root, renderer } = start()
  let text = ''
  for (const piece of pieces) renderer.update((text += piece))
  void renderer.finish(text)
  return root
}

/** What is shown, as text. The order of classes says nothing. */
export function html(root: HTMLElement): string {
  // eslint-disable-next-line no-restricted-properties -- read, not written
  return root.innerHTML.replace(/ class="([^"]*)"/g, (_, classes: string) => {
    const sorted = classes.split(' ').sort().join(' ')
    return sorted && ` class="${sorted}"`
  })
}

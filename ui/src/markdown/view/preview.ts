// A web page or diagram out of a model's text, shown in a frame that has no origin, no network and no way to this page
// but messages: its source goes in, its height or an error comes out.

import { t } from '@/i18n'
import { element } from '../dom'

const TALLEST = 720
const SHORTEST = 80

export type PreviewType = 'html' | 'mermaid'

export class Preview {
  readonly #frame: HTMLIFrameElement
  readonly #problem = element('p', { class: 'code-problem', role: 'alert', hidden: '' })

  constructor(
    readonly place: HTMLElement,
    url: string,
    readonly type: PreviewType,
    readonly source: string,
  ) {
    this.#frame = element('iframe', {
      sandbox: 'allow-scripts',
      src: url,
      title: t('markdown.previewOf', { type }),
      referrerpolicy: 'no-referrer',
    })
    this.#frame.addEventListener('load', this.#send)
    window.addEventListener('message', this.#hear)
    place.replaceChildren(this.#frame, this.#problem)
  }

  dispose(): void {
    window.removeEventListener('message', this.#hear)
    this.place.replaceChildren()
  }

  /** The frame has an opaque origin, which no target origin can name. */
  readonly #send = (): void => {
    const theme = isDark() ? 'dark' : 'light'
    this.#frame.contentWindow?.postMessage({ type: this.type, source: this.source, theme }, '*')
  }

  readonly #hear = (event: MessageEvent<unknown>): void => {
    if (event.source !== this.#frame.contentWindow) return
    const told = event.data as { type?: unknown; height?: unknown; message?: unknown } | null
    if (told?.type === 'size' && typeof told.height === 'number') {
      this.#frame.height = String(Math.min(TALLEST, Math.max(SHORTEST, Math.ceil(told.height))))
    } else if (told?.type === 'error') {
      this.#problem.hidden = false
      this.#problem.textContent = t('markdown.previewFailed', { reason: String(told.message) })
    }
  }
}

function isDark(): boolean {
  const theme = document.documentElement.dataset['theme']
  if (theme === 'dark' || theme === 'light') return theme === 'dark'
  return window.matchMedia('(prefers-color-scheme: dark)').matches
}

// The head of a block of code: what language it is, and what can be done with it, also while it still grows.

import { t } from '@/i18n'
import { copyText } from '../clipboard'
import { element } from '../dom'
import type { CodeLabel } from '../highlight/languages'
import { Preview } from './preview'

const SAID_FOR_MS = 2000

export interface CodeActions {
  head: HTMLElement
  /** Where a preview is shown. */
  frame: HTMLElement
  setLabel(label: CodeLabel): void
  setFinished(finished: boolean): void
  dispose(): void
}

interface Source {
  text: string
  label: CodeLabel
}

function button(words: string, act: (button: HTMLButtonElement) => void): HTMLButtonElement {
  const made = element('button', { type: 'button', class: 'code-action' }, words)
  made.addEventListener('click', () => act(made))
  return made
}

export function codeActions(source: () => Source, previewUrl: string): CodeActions {
  const language = element('span', { class: 'code-language' })
  const note = element('span', { class: 'visually-hidden', role: 'status' })
  const frame = element('div', { class: 'code-preview' })
  let preview: Preview | null = null
  let finished = false

  const wrap = button(t('markdown.wrap'), (self) => {
    const wrapped = head.parentElement?.classList.toggle('wrapped') ?? false
    self.setAttribute('aria-pressed', String(wrapped))
  })
  wrap.setAttribute('aria-pressed', 'false')
  const save = button(t('markdown.download'), () => download(source()))
  const copy = button(t('markdown.copy'), (self) => void copyFrom(self))
  const show = button(t('markdown.preview'), togglePreview)
  show.hidden = true
  const head = element(
    'div',
    { class: 'code-head' },
    language,
    element('span', { class: 'code-actions' }, show, wrap, save, copy, note),
  )

  async function copyFrom(self: HTMLButtonElement): Promise<void> {
    const said = t((await copyText(source().text)) ? 'markdown.copied' : 'markdown.copyFailed')
    self.textContent = note.textContent = said
    setTimeout(() => {
      self.textContent = t('markdown.copy')
      note.textContent = ''
    }, SAID_FOR_MS)
  }

  function togglePreview(self: HTMLButtonElement): void {
    const { text, label } = source()
    if (preview) {
      preview.dispose()
      preview = null
    } else if (label.preview) {
      preview = new Preview(frame, previewUrl, label.preview, text)
    }
    self.textContent = t(preview ? 'markdown.closePreview' : 'markdown.preview')
    self.setAttribute('aria-expanded', String(preview !== null))
  }

  function offer(): void {
    show.hidden = !(finished && source().label.preview)
  }

  return {
    head,
    frame,
    setLabel(label) {
      language.textContent = label.name || t('markdown.code')
      offer()
    },
    setFinished(now) {
      if (now === finished) return
      finished = now
      offer()
    },
    dispose: () => preview?.dispose(),
  }
}

function download({ text, label }: Source): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = element('a', { href: address, download: label.fileName })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), SAID_FOR_MS)
}

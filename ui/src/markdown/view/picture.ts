// Pictures. One that is part of the text is shown; one that lies elsewhere is not asked for until the reader says so,
// because its address can carry away what the conversation says. The gateway fetches it then.

import { t } from '@/i18n'
import { element } from '../dom'
import { inlinePicture, remotePicture } from '../links'
import type { Context } from './view'

export function picture(address: string, alt: string, context: Context): HTMLElement {
  const inline = inlinePicture(address)
  if (inline) return shown(inline, alt)
  const url = remotePicture(address)
  const said = alt || t('markdown.picture')
  return url ? placeholder(url, said, context) : element('span', { class: 'picture-missing', title: address }, said)
}

function shown(source: string, alt: string): HTMLImageElement {
  return element('img', { class: 'picture', src: source, alt, decoding: 'async' })
}

function placeholder(url: URL, alt: string, context: Context): HTMLElement {
  const host = element('span', { class: 'picture-host' }, t('markdown.loadPicture', { host: url.host }))
  const button = element(
    'button',
    { class: 'picture-load', type: 'button', title: url.href },
    element('span', {}, alt),
    host,
  )
  button.addEventListener('click', () => void load())

  async function load(): Promise<void> {
    button.setAttribute('aria-disabled', 'true')
    host.textContent = t('markdown.loadingPicture', { host: url.host })
    try {
      const source = URL.createObjectURL(await context.loadImage(url.href))
      const image = shown(source, alt)
      image.addEventListener('load', () => URL.revokeObjectURL(source), { once: true })
      image.tabIndex = -1
      const hadFocus = document.activeElement === button
      button.replaceWith(image)
      if (hadFocus) image.focus()
    } catch (problem) {
      button.removeAttribute('aria-disabled')
      host.textContent = t('markdown.pictureFailed', {
        reason: problem instanceof Error ? problem.message : String(problem),
      })
    }
  }
  return button
}

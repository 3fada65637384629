// Which addresses of a model's text may be followed. The browser's own URL parser decides what an address is, so that
// tabs, entities and letter case hide nothing.

const FOLLOWED = new Set(['http:', 'https:', 'mailto:'])
const PICTURE = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|svg\+xml)[;,]/i

function parsed(address: string): URL | null {
  const text = address.trim()
  return URL.canParse(text) ? new URL(text) : null
}

/** The address for a link, or null where it leads into the page, into a script, or nowhere. */
export function safeLink(address: string): string | null {
  const url = parsed(address.startsWith('//') ? `https:${address}` : address)
  return url && FOLLOWED.has(url.protocol) ? url.href : null
}

/** A picture that is shown at once because it is part of the text. As a picture, SVG neither runs nor loads anything. */
export function inlinePicture(address: string): string | null {
  return PICTURE.test(address.trim()) ? address.trim() : null
}

/** An address of a picture that can be fetched when the reader asks for it. */
export function remotePicture(address: string): URL | null {
  const url = parsed(address.startsWith('//') ? `https:${address}` : address)
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

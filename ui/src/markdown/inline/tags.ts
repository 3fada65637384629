// HTML in the text of a model. It never meets an HTML parser: tags of a short list become elements made by hand, without
// their attributes (but the address of a link or picture); every other tag is text that the reader sees.

import type { ElementToken, InlineToken } from './tokens'
import { decodeEntities } from './entities'

const ELEMENTS = new Set(
  (
    'a abbr b bdi bdo blockquote caption cite code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 i ins kbd li ' +
    'mark ol p pre q rp rt ruby s samp section small span strong sub sup table tbody td tfoot th thead tr u ul var center'
  ).split(' '),
)
const VOID = new Set(['br', 'hr', 'img', 'wbr'])
const TAG = /^<(\/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*\/?>$/
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g

interface Tag {
  name: string
  closes: boolean
  attributes: Map<string, string>
}

function readTag(raw: string): Tag | null {
  const match = TAG.exec(raw.trim())
  const name = match?.[2]?.toLowerCase() ?? ''
  if (!match || !(ELEMENTS.has(name) || VOID.has(name))) return null
  const attributes = new Map<string, string>()
  if (name === 'a' || name === 'img') {
    for (const [, key = '', double, single, bare] of (match[3] ?? '').matchAll(ATTRIBUTE)) {
      attributes.set(key.toLowerCase(), decodeEntities(double ?? single ?? bare ?? ''))
    }
  }
  return { name, closes: match[1] === '/', attributes }
}

/** Turns matching pairs of tags into elements. A tag without its other half stays text; if the text is a block of HTML it
    is let go instead, for its other half may stand in another block, around Markdown. */
export function pairTags(tokens: InlineToken[], isBlock = false): InlineToken[] {
  if (!tokens.some((token) => token.type === 'html')) return tokens
  const done: InlineToken[] = []
  const open: Open = []
  for (const token of tokens) {
    const tag = token.type === 'html' ? readTag(token.raw) : null
    if (token.raw.startsWith('<!--')) continue
    if (!tag) done.push(token)
    else if (VOID.has(tag.name)) done.push(element(tag, token.raw, []))
    else if (!tag.closes) {
      open.push({ tag, at: done.length })
      done.push(token)
    } else if (!closeElement(tag, token, done, open) && !isBlock) done.push(token)
  }
  if (isBlock) for (const { tag } of [...open].reverse()) closeElement(tag, null, done, open)
  return done
}

type Open = { tag: Tag; at: number }[]

/** Ends the innermost element of that name, and with it what was opened inside and has no end of its own. */
function closeElement(tag: Tag, token: InlineToken | null, done: InlineToken[], open: Open): boolean {
  const match = open.findLastIndex((candidate) => candidate.tag.name === tag.name)
  const begun = open[match]
  if (!begun) return false
  open.length = match
  const [opening, ...inner] = done.splice(begun.at)
  const raw = [opening, ...inner, token].map((part) => part?.raw ?? '').join('')
  done.push(element(begun.tag, raw, inner))
  return true
}

function element({ name, attributes }: Tag, raw: string, tokens: InlineToken[]): ElementToken {
  return { type: 'element', raw, name, attributes, tokens }
}

const PIECE = /<\/?[A-Za-z][^<>]*>|[^<]+|</g
const COMMENT = /<!--[^]*?-->/g

/** A block of HTML as a tree, or null where it holds a tag that is not shown: then the whole block is text. */
export function readHtml(html: string): InlineToken[] | null {
  const pieces = html.replace(COMMENT, '').match(PIECE) ?? []
  const tokens = pieces.map((raw): InlineToken => {
    const isTag = /^<[^!]/.test(raw) && raw.length > 1
    if (isTag) return { type: 'html', raw, text: raw, block: false, inLink: false, inRawBlock: false }
    return { type: 'text', raw, text: raw, escaped: false }
  })
  const paired = pairTags(tokens, true)
  return paired.every(isShown) ? paired : null
}

function isShown(token: InlineToken): boolean {
  if (token.type === 'element') return token.tokens.every(isShown)
  return token.type === 'text' && !/^<[!?/A-Za-z]/.test(token.raw)
}

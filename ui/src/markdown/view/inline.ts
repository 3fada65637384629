// What stands inside a paragraph, a heading or a cell, as nodes. While the text grows, nodes of tokens that stay the same
// stay too, so a frame costs no more than what changed, and selections, focus and loaded pictures survive.

import type { Token } from 'marked'
import { element, setText } from '../dom'
import { decodeEntities } from '../inline/entities'
import { healed } from '../inline/heal'
import type { ElementToken, InlineToken } from '../inline/tokens'
import { NOTE } from '../blocks/references'
import { safeLink } from '../links'
import { t } from '@/i18n'
import { picture } from './picture'
import type { Context } from './view'

/** A longer text is not lexed again for each of its words, but when it has grown by an eighth. */
const EAGER_LENGTH = 8_000
const GROWTH = 1.125
/** Browsers lay out elements in one another by recursion. */
const DEEPEST = 24
const TASK = /^\[([ xX])\](?=[ \t\n])/
/** Headings of a text stand below the headings of the page. */
const HEADINGS: Record<string, 'h3' | 'h4' | 'h5' | 'h6'> = {
  h1: 'h3',
  h2: 'h4',
  h3: 'h5',
  h4: 'h6',
  h5: 'h6',
  h6: 'h6',
}

export function headingName(level: number): 'h3' | 'h4' | 'h5' | 'h6' {
  return HEADINGS[`h${level}`] ?? 'h6'
}

const isText = (token: InlineToken): boolean => token.type === 'text' || token.type === 'escape'

function textOf(token: InlineToken & { text?: string }, literal = false): string {
  const text = 'text' in token ? (token.text ?? '') : token.raw
  return literal || token.type === 'escape' || ('escaped' in token && token.escaped) ? text : decodeEntities(text)
}

function link(href: string, title: string | null | undefined, children: Node[]): HTMLElement {
  const address = safeLink(href)
  if (!address) return element('span', { class: 'dead-link', title: href }, ...children)
  const made = element('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children)
  if (title) made.title = decodeEntities(title)
  return made
}

function htmlElement(token: ElementToken, context: Context, children: Node[]): Node {
  const address = token.attributes.get('href') ?? ''
  if (token.name === 'a') return link(address, token.attributes.get('title'), children)
  if (token.name === 'img') {
    return picture(token.attributes.get('src') ?? '', token.attributes.get('alt') ?? '', context)
  }
  if (token.name === 'center') return element('div', { class: 'centered' }, ...children)
  const made = document.createElement(HEADINGS[token.name] ?? token.name)
  made.append(...children)
  return made
}

function node(token: InlineToken, context: Context, literal = false, depth = 0): Node {
  const inner = () => nodes('tokens' in token ? ((token.tokens ?? []) as InlineToken[]) : [], context, false, depth + 1)
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return element(token.type, {}, ...inner())
    case 'codespan':
      return element('code', { dir: 'ltr' }, token.text)
    case 'br':
      return element('br')
    case 'checkbox':
      return checkbox(token.checked)
    case 'link': {
      if (token.href === NOTE) return element('sup', { class: 'note-mark' }, token.text.replace(/^\^/, ''))
      const words = nodes(token.tokens as InlineToken[], context, token.autolink, depth + 1)
      return link(token.autolink ? token.href : decodeEntities(token.href), token.title, words)
    }
    case 'image': {
      const address = context.lexer.picture(decodeEntities(token.href))
      return picture(address, decodeEntities(plainText(token.tokens) || token.text), context)
    }
    case 'formula': {
      const place = element(
        'span',
        { class: token.display ? 'formula formula-display' : 'formula', dir: 'ltr' },
        token.raw,
      )
      context.typeset(token.tex, token.display, place)
      return place
    }
    case 'element':
      return htmlElement(token, context, inner())
    default:
      return document.createTextNode(textOf(token, literal))
  }
}

export function nodes(tokens: InlineToken[], context: Context, literal = false, depth = 0): Node[] {
  if (depth > DEEPEST) return [document.createTextNode(tokens.map((token) => token.raw).join(''))]
  return tokens.map((token) => node(token, context, literal, depth))
}

function plainText(tokens: Token[]): string {
  return tokens
    .map((token) => ('tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? token.text : ''))
    .join('')
}

function checkbox(checked: boolean): HTMLInputElement {
  const label = checked ? t('markdown.taskDone') : t('markdown.taskOpen')
  const box = element('input', { type: 'checkbox', disabled: '', 'aria-label': label })
  box.toggleAttribute('checked', checked)
  return box
}

/** The same token shows the same nodes: what was written, and where the references in it lead. */
function identity(token: InlineToken): string {
  return `${token.type} ${token.raw.includes('[') ? addresses([token]) : ''} ${token.raw}`
}

function addresses(tokens: InlineToken[]): string {
  return tokens
    .map((token) => {
      const inner = 'tokens' in token && token.tokens ? addresses(token.tokens as InlineToken[]) : ''
      return 'href' in token ? `${token.href} ${inner}` : inner
    })
    .join('')
}

function asTask(text: string): { box: InlineToken[]; text: string } {
  const task = TASK.exec(text)
  if (!task) return { box: [], text }
  return { box: [{ type: 'checkbox', raw: task[0], checked: task[1] !== ' ' }], text: text.slice(task[0].length) }
}

export class InlineView {
  #text = ''
  #open = false
  #shown: { id: string; node: Node }[] = []
  #takesTask = false
  #lexed = 0
  #definitions: string | null = null
  /** What came since a long text was lexed last. */
  #rest: Text | null = null

  constructor(
    readonly element: HTMLElement,
    readonly context: Context,
  ) {}

  /** Shows `text`; if `open`, it may still grow. In some places it may begin with the box of a task. */
  update(text: string, open: boolean, takesTask = false): void {
    const same = text === this.#text && open === this.#open && takesTask === this.#takesTask
    if (same && this.#definitions !== null) return
    this.#takesTask = takesTask
    const grows = open && this.#open && text.startsWith(this.#text) && this.#lexed > EAGER_LENGTH
    this.#text = text
    this.#open = open
    if (grows && text.length < this.#lexed * GROWTH) this.#append(text.slice(this.#lexed))
    else this.#lex()
  }

  /** Shows the text again if definitions have come that it may refer to. */
  refresh(): void {
    if (this.#definitions !== this.context.definitions) this.#lex()
  }

  dispose(): void {
    this.context.bracketed.delete(this)
  }

  #append(text: string): void {
    if (!this.#rest) this.element.append((this.#rest = document.createTextNode('')))
    setText(this.#rest, text)
  }

  #lex(): void {
    this.#rest?.remove()
    this.#rest = null
    this.#lexed = this.#text.length
    this.#definitions = this.context.definitions
    if (this.#text.includes('[')) this.context.bracketed.add(this)
    const source = this.#open ? healed(this.#text) : this.#text.trimEnd()
    const { box, text } = this.#takesTask ? asTask(source) : { box: [], text: source }
    this.#show([...box, ...this.context.lexer.tokens(text)])
  }

  #show(tokens: InlineToken[]): void {
    const ids = tokens.map(identity)
    let same = 0
    while (same < ids.length && this.#shown[same]?.id === ids[same]) same++
    const grown = tokens[same]
    const before = this.#shown[same]
    if (grown && isText(grown) && before?.node instanceof Text) {
      setText(before.node, textOf(grown))
      before.id = ids[same] ?? ''
      same++
    }
    for (const { node } of this.#shown.splice(same)) (node as ChildNode).remove()
    const added = tokens
      .slice(same)
      .map((token, index) => ({ id: ids[same + index] ?? '', node: node(token, this.context) }))
    this.element.append(...added.map(({ node }) => node))
    this.#shown.push(...added)
  }
}

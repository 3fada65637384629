// Blocks as elements. A view is kept as long as a block of its kind stands in its place; children that can never change
// again are not looked at again, so a frame costs what the open path costs.

import { element } from '../dom'
import { isContainer, type Block, type Container, type Formula, type Html, type List } from '../blocks/tree'
import { readHtml } from '../inline/tags'
import type { InlineToken } from '../inline/tokens'
import { CodeView } from './code'
import { headingName, InlineView, nodes } from './inline'
import { TableView } from './table'
import type { Context, View } from './view'

function keyOf(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `heading ${block.level}`
    case 'note':
      return `note ${block.label}`
    case 'table':
      return `table of ${block.head.length}`
    case 'list':
      return block.ordered ? `list from ${block.start}` : 'list'
    default:
      return block.type
  }
}

function makeView(block: Block, context: Context): View {
  const key = keyOf(block)
  switch (block.type) {
    case 'paragraph':
      return new TextView(key, element('p', { dir: 'auto' }), context)
    case 'heading':
      return new TextView(
        key,
        element(headingName(block.level), { dir: 'auto', 'data-level': String(block.level) }),
        context,
      )
    case 'summary':
      return new TextView(key, element('summary', { dir: 'auto' }), context)
    case 'code':
      return new CodeView(context)
    case 'formula':
      return new FormulaView(context)
    case 'html':
      return new HtmlView(context)
    case 'table':
      return new TableView(key, context)
    case 'rule':
      return new RuleView()
    default:
      return new ContainerView(key, containerElement(block), context)
  }
}

function containerElement(block: Container): HTMLElement {
  switch (block.type) {
    case 'quote':
      return element('blockquote', { dir: 'auto' })
    case 'details':
      return element('details')
    case 'note':
      return element('div', { class: 'note', dir: 'auto' }, element('span', { class: 'note-label' }, block.label))
    case 'item':
      return element('li', { dir: 'auto' })
    case 'list':
      return listElement(block)
    default:
      return element('div')
  }
}

function listElement(list: List): HTMLElement {
  if (!list.ordered) return element('ul', { dir: 'auto' })
  return element('ol', list.start === 1 ? { dir: 'auto' } : { dir: 'auto', start: String(list.start) })
}

export class ContainerView implements View {
  readonly #views: View[] = []
  #settled = 0
  #generation: number

  constructor(
    readonly key: string,
    readonly element: HTMLElement,
    readonly context: Context,
  ) {
    this.#generation = context.generation
  }

  update(block: Block): void {
    if (!isContainer(block)) return
    if (this.#generation !== this.context.generation) this.#settled = 0
    this.#generation = this.context.generation
    if (block.type === 'list') this.element.classList.toggle('loose', block.loose)
    for (const view of this.#views.splice(block.children.length)) drop(view)
    for (let index = this.#settled; index < block.children.length; index++) this.#show(index, block)
    this.#settled = block.frozen
  }

  tail(): HTMLElement {
    return this.#views.at(-1)?.tail() ?? this.element
  }

  dispose(): void {
    for (const view of this.#views) view.dispose?.()
  }

  #show(index: number, block: Container): void {
    const child = block.children[index]
    if (!child) return
    const old = this.#views[index]
    if (old?.key === keyOf(child)) {
      old.update(child)
      return
    }
    const view = makeView(child, this.context)
    view.update(child)
    if (old) {
      old.dispose?.()
      old.element.replaceWith(view.element)
    } else {
      this.element.append(view.element)
    }
    this.#views[index] = view
  }
}

function drop(view: View): void {
  view.dispose?.()
  view.element.remove()
}

class TextView implements View {
  readonly #inline: InlineView
  readonly element: HTMLElement

  constructor(
    readonly key: string,
    element: HTMLElement,
    context: Context,
  ) {
    this.element = element
    this.#inline = new InlineView(element, context)
  }

  update(block: Block): void {
    if (!('text' in block)) return
    const isParagraph = block.type === 'paragraph'
    this.#inline.update(block.text, block.open && isParagraph, isParagraph && beginsItem(block))
  }

  tail(): HTMLElement {
    return this.element
  }

  dispose(): void {
    this.#inline.dispose()
  }
}

/** A box to tick stands at the start of a list item and nowhere else. */
function beginsItem({ parent, startLine }: Block): boolean {
  return parent?.type === 'item' && parent.children[0]?.startLine === startLine
}

class FormulaView implements View {
  readonly key = 'formula'
  readonly element = element('div', { class: 'formula-block', dir: 'ltr', tabindex: '0' })
  #tex = ''

  constructor(readonly context: Context) {}

  update(block: Block): void {
    const { text, complete } = block as Formula
    const tex = text.trim()
    if (tex === this.#tex && !complete) return
    if (!complete) {
      this.element.textContent = tex
    } else if (this.element.dataset['tex'] !== tex) {
      this.element.dataset['tex'] = tex
      this.element.textContent = tex
      this.context.typeset(tex, true, this.element)
    }
    this.#tex = tex
  }

  tail(): HTMLElement {
    return this.element
  }
}

/** A longer block of HTML shows its source until it ends, rather than being read again in each frame. */
const LONGEST_OPEN_HTML = 4_000

class HtmlView implements View {
  readonly key = 'html'
  readonly element = element('div', { class: 'html-block', dir: 'auto' })
  #html: string | null = null

  constructor(readonly context: Context) {}

  update(block: Block): void {
    const { text, open } = block as Html
    const tooLong = open && text.length > LONGEST_OPEN_HTML
    if (text === this.#html && !tooLong) return
    this.#html = tooLong ? null : text
    const tokens = tooLong ? null : readHtml(text)
    this.element.classList.toggle('html-source', tokens === null)
    this.element.hidden = tokens !== null && tokens.every(isEmpty)
    this.element.replaceChildren(...(tokens ? nodes(tokens, this.context) : [text]))
  }

  tail(): HTMLElement {
    return this.element
  }
}

/** Comments, and wrappers whose content stands in other blocks. */
function isEmpty(token: InlineToken): boolean {
  if (token.type === 'element') return !/^(?:img|hr)$/.test(token.name) && token.tokens.every(isEmpty)
  return token.type === 'text' && !token.raw.trim()
}

class RuleView implements View {
  readonly key = 'rule'
  readonly element = element('hr')

  update(): void {}

  tail(): HTMLElement {
    return this.element
  }
}

// A block of code. While its fence is open it grows by appended text; the text is cut into parts, so that the browser lays
// out the last few lines again and not all of them. Colours come when the fence is closed, from a worker, part by part.

import { t } from '@/i18n'
import { element, setText } from '../dom'
import type { Block, Code } from '../blocks/tree'
import { readLabel, type CodeLabel } from '../highlight/languages'
import { KINDS } from '../highlight/kinds'
import { whenIdle } from '../idle'
import { codeActions, type CodeActions } from './code-actions'
import type { Context, Runs, View } from './view'

const LINES_PER_PART = 48
/** Longer code stays plain: its colours would cost more memory than they are worth. */
const LONGEST_HIGHLIGHTED = 200_000

interface Part {
  element: HTMLElement
  from: number
}

export class CodeView implements View {
  readonly key = 'code'
  readonly element: HTMLElement
  readonly #code = element('code', { class: 'code-text' })
  readonly #scroll: HTMLElement
  readonly #actions: CodeActions
  #parts: Part[] = []
  #text = ''
  #info: string | null = null
  #label: CodeLabel = readLabel('')
  #coloured = ''
  #disposed = false

  constructor(readonly context: Context) {
    this.#scroll = element('pre', { class: 'code-scroll', dir: 'ltr', tabindex: '0', role: 'region' }, this.#code)
    this.#actions = codeActions(() => ({ text: this.#text, label: this.#label }), context.previewUrl)
    this.element = element('div', { class: 'code-block' }, this.#actions.head, this.#scroll, this.#actions.frame)
  }

  update(block: Block): void {
    const { text, label, open } = block as Code
    this.#tell(label)
    this.#show(text.endsWith('\n') ? text.slice(0, -1) : text)
    this.#actions.setFinished(!open)
    if (!open && this.#coloured !== this.#text) this.#highlight()
  }

  tail(): HTMLElement {
    return this.#parts.at(-1)?.element ?? this.#code
  }

  dispose(): void {
    this.#disposed = true
    this.#actions.dispose()
  }

  #tell(info: string): void {
    if (info === this.#info) return
    this.#info = info
    this.#label = readLabel(info)
    const name = this.#label.name || t('markdown.code')
    this.#actions.setLabel(this.#label)
    this.#scroll.setAttribute('aria-label', t('markdown.codeRegion', { language: name }))
    this.#coloured = ''
  }

  #show(text: string): void {
    if (text === this.#text && this.#parts.length > 0) return
    if (!text.startsWith(this.#text)) this.#cutBack(sharedLength(text, this.#text))
    this.#text = text
    this.#coloured = ''
    if (this.#parts.length === 0) this.#addPart(0)
    for (let part = this.#parts.at(-1); part;) {
      const cut = endOfLines(text, part.from, LINES_PER_PART)
      setText(plainNode(part), text.slice(part.from, cut < 0 ? undefined : cut))
      part = cut < 0 ? undefined : this.#addPart(cut)
    }
  }

  #addPart(from: number): Part {
    const part = { element: element('span', { class: 'code-part' }, document.createTextNode('')), from }
    this.#code.append(part.element)
    this.#parts.push(part)
    return part
  }

  #cutBack(length: number): void {
    const keep = this.#parts.findIndex((part) => part.from > length)
    if (keep > 0) for (const part of this.#parts.splice(keep)) part.element.remove()
  }

  #highlight(): void {
    const text = (this.#coloured = this.#text)
    const { language } = this.#label
    if (!language || text.length > LONGEST_HIGHLIGHTED) return
    const isCurrent = () => !this.#disposed && this.#text === text && this.#label.language === language
    void this.context.highlight(text, language).then((runs) => {
      if (runs && isCurrent()) this.#paint(new RunReader(runs), isCurrent)
    })
  }

  /** Colours one part at a time, when there is time. */
  #paint(runs: RunReader, isCurrent: () => boolean): void {
    const parts = [...this.#parts]
    const text = this.#text
    whenIdle(() => {
      const part = isCurrent() ? parts.shift() : undefined
      if (part) part.element.replaceChildren(...runs.nodes(text, part.from, parts[0]?.from ?? text.length))
      return parts.length > 0
    })
  }
}

/** The one text node of a part; colours that it had are gone once it changes. */
function plainNode(part: Part): Text {
  const node = part.element.firstChild
  if (node instanceof Text && !node.nextSibling) return node
  const plain = document.createTextNode('')
  part.element.replaceChildren(plain)
  return plain
}

/** Where the given number of lines that begin at `from` end, or -1 if there are not more. */
function endOfLines(text: string, from: number, lines: number): number {
  let at = from
  for (let line = 0; line < lines; line++) {
    at = text.indexOf('\n', at) + 1
    if (at === 0) return -1
  }
  return at < text.length ? at : -1
}

function sharedLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

/** Reads the runs in order, cut at the ends of parts. */
class RunReader {
  #run = 0
  #used = 0

  constructor(readonly runs: Runs) {}

  nodes(text: string, from: number, to: number): Node[] {
    const made: Node[] = []
    for (let at = from; at < to && this.#run < this.runs.lengths.length;) {
      const left = (this.runs.lengths[this.#run] ?? 0) - this.#used
      const length = Math.min(left, to - at)
      const kind = KINDS[this.runs.kinds[this.#run] ?? 0]
      const piece = text.slice(at, at + length)
      made.push(kind ? element('span', { class: `code-${kind}` }, piece) : document.createTextNode(piece))
      at += length
      this.#used += length
      if (length === left) {
        this.#run++
        this.#used = 0
      }
    }
    return made
  }
}

// CommonMark's block structure, line by line: the algorithm of the specification's appendix, with GFM's tables, formulas
// and `<details>`. A line that was read is never read again, so the cost of a message is the sum of its lines, however it
// arrives. A line that is still incomplete is tried and taken back: `mark` remembers the open path, `rewind` restores it.

import type { Links } from 'marked'
import { Line } from './line'
import { takeDefinitions, type Definition } from './references'
import { begin, closesHtml, formulaEnd, htmlEndsAtBlank } from './starts'
import { cells, fitted } from './tables'
import {
  base,
  holder,
  isContainer,
  lastOf,
  type Block,
  type Code,
  type Container,
  type Formula,
  type Leaf,
  type Paragraph,
  type Root,
} from './tree'

/** Deeper containers would only exhaust the stack of whoever walks the tree. */
const DEEPEST = 24
const DETAILS_END = /^<\/details>[ \t]*$/i

/** Whether a line belongs to an open block: no, yes, or it was that block's last line and is used up. */
type Continues = 'no' | 'yes' | 'consumed'

interface Saved {
  block: Block
  fields: Block
  children: number
  last: Block | undefined
  rows: number
}

export interface Mark {
  lineNumber: number
  definitions: number
  path: Saved[]
}

export class BlockParser {
  readonly root: Root = { ...holder(1), type: 'root' }
  /** By normalised label; the first definition of a label counts. */
  readonly links: Links = Object.create(null) as Links
  /** The innermost open block. */
  tip: Block = this.root
  line = new Line('')
  lineNumber = 0
  readonly #labels: string[] = []
  #unmatched: Block | null = null

  get definitions(): number {
    return this.#labels.length
  }

  /** Whether the line would continue a paragraph whose containers it does not repeat. */
  get continuesParagraph(): boolean {
    return this.#unmatched !== null && !this.line.blank && this.tip.type === 'paragraph'
  }

  push(text: string): void {
    this.line = new Line(text)
    this.lineNumber++
    const container = this.#descend()
    if (!container) return
    this.#place(this.#open(container))
  }

  /** Ends every block. What is still open then is as closed as it will be. */
  close(): void {
    while (this.tip !== this.root) this.closeTip()
    this.freeze()
  }

  /** Tells the views what is settled: all that is closed, now that no line is being tried. */
  freeze(): void {
    for (let block: Block | null = this.tip; block; block = block.parent) {
      if (isContainer(block)) block.frozen = block.children.length - (lastOf(block.children)?.open ? 1 : 0)
    }
  }

  mark(): Mark {
    const path: Saved[] = []
    for (let block: Block | null = this.tip; block; block = block.parent) {
      const children = isContainer(block) ? block.children : []
      const rows = block.type === 'table' ? block.rows.length : 0
      path.push({ block, fields: { ...block }, children: children.length, last: lastOf(children), rows })
    }
    return { lineNumber: this.lineNumber, definitions: this.#labels.length, path }
  }

  rewind(mark: Mark): void {
    this.lineNumber = mark.lineNumber
    this.tip = mark.path[0]?.block ?? this.root
    this.#unmatched = null
    for (const { block, fields, children, last, rows } of mark.path) {
      Object.assign(block, fields)
      if (block.type === 'table') block.rows.length = rows
      if (!isContainer(block)) continue
      block.children.length = children
      if (last) block.children[children - 1] = last
    }
    for (const label of this.#labels.splice(mark.definitions)) delete this.links[label]
  }

  /** Opens a block inside the innermost open one that can hold it. */
  add(block: Block): void {
    this.closeUnmatched()
    while (!holds(this.tip, block)) this.closeTip()
    const into = this.tip as Container
    const before = lastOf(into.children)
    if (before && endOf(before) + 1 < block.startLine) loosen(into)
    block.parent = into
    into.children.push(block)
    this.tip = block
  }

  replace(old: Leaf, block: Leaf): void {
    this.closeUnmatched()
    const into = old.parent as Container
    block.parent = into
    into.children[into.children.length - 1] = block
    this.tip = block
  }

  closeTip(): void {
    const block = this.tip
    block.open = false
    this.tip = block.parent ?? this.root
    if (block.type === 'paragraph') this.#closeParagraph(block)
    else if (block.type === 'formula') this.#closeFormula(block)
    else if (block.type === 'code' && !block.fence) block.text = block.text.replace(/\n[ \t\n]*$/, '\n')
  }

  closeUnmatched(): void {
    const matched = this.#unmatched
    if (!matched) return
    this.#unmatched = null
    while (this.tip !== matched) this.closeTip()
  }

  define(definitions: Definition[]): void {
    for (const { label, link } of definitions) {
      if (label in this.links) continue
      this.links[label] = link
      this.#labels.push(label)
    }
  }

  /** Goes down the open path as far as the line agrees; null if the line is used up by that. */
  #descend(): Block | null {
    let container: Block = this.root
    while (isContainer(container)) {
      const next: Block | undefined = lastOf(container.children)
      if (!next?.open) break
      const continues = this.#continues(next)
      if (continues === 'consumed') return null
      if (continues === 'no') break
      container = next
    }
    this.#unmatched = container === this.tip ? null : container
    return container
  }

  #continues(block: Block): Continues {
    const { line } = this
    switch (block.type) {
      case 'quote':
        if (line.indented || line.text[line.next] !== '>') return 'no'
        line.skipIndent()
        line.skip(1)
        line.skipOneSpace()
        block.endLine = this.lineNumber
        return 'yes'
      case 'item':
        if (line.blank) return block.children.length > 0 ? (line.skipIndent(), 'yes') : 'no'
        if (line.indent < block.indent) return 'no'
        line.skipColumns(block.indent)
        return 'yes'
      case 'note':
        return line.blank ? (line.skipIndent(), 'yes') : this.#continuesIndented()
      case 'details':
        if (!DETAILS_END.test(line.rest) || this.#endsWithin(block)) return 'yes'
        this.#closeThrough(block)
        return 'consumed'
      case 'code':
        return block.fence ? this.#continuesFence(block) : this.#continuesIndented()
      case 'formula':
        return this.#continuesFormula(block)
      case 'html':
        return line.blank && htmlEndsAtBlank(block.kind) ? 'no' : 'yes'
      case 'paragraph':
      case 'table':
        return line.blank ? 'no' : 'yes'
      case 'heading':
      case 'summary':
      case 'rule':
        return 'no'
      default:
        return 'yes'
    }
  }

  #continuesFence(block: Code): Continues {
    const { line } = this
    const closing = line.indented ? null : /^(?:`{3,}|~{3,})(?=[ \t]*$)/.exec(line.rest)
    if (closing && closing[0][0] === block.fence[0] && closing[0].length >= block.fence.length) {
      this.#closeThrough(block)
      return 'consumed'
    }
    line.skipColumns(Math.min(block.indent, line.indent))
    return 'yes'
  }

  #continuesIndented(): Continues {
    const { line } = this
    if (line.indented) line.skipColumns(4)
    else if (line.blank) line.skipIndent()
    else return 'no'
    return 'yes'
  }

  /** TeX knows no blank line within a formula, so one that meets it was none. */
  #continuesFormula(block: Formula): Continues {
    if (this.line.blank) return 'no'
    const end = formulaEnd(block.opener, this.line.rest)
    if (end < 0) return 'yes'
    block.text += this.line.rest.slice(0, end)
    block.complete = true
    this.#closeThrough(block)
    return 'consumed'
  }

  /** Whether something further in would rather have a line that looks like the end of the details. */
  #endsWithin(block: Block): boolean {
    for (let inner = this.tip; inner !== block; inner = inner.parent ?? block) {
      if (inner.type === 'details' || (inner.type === 'code' && inner.fence)) return true
    }
    return false
  }

  #closeThrough(block: Block): void {
    block.endLine = this.lineNumber
    while (this.tip !== block) this.closeTip()
    this.closeTip()
  }

  /** Opens what the line begins, one inside the other, and returns the block that gets the rest of the line. */
  #open(from: Block): Block {
    let container = from
    while (isContainer(container) || container.type === 'paragraph' || container.type === 'table') {
      const begun = begin(this, container, depthOf(container) >= DEEPEST)
      if (!begun) break
      container = this.tip
      if (begun === 'leaf') return container
    }
    return container
  }

  #place(container: Block): void {
    const { line } = this
    if (this.continuesParagraph) {
      this.#append(this.tip)
      return
    }
    this.closeUnmatched()
    if (!isContainer(container)) this.#append(container)
    else if (!line.blank) {
      this.add({ ...base(this.lineNumber), type: 'paragraph', text: '' })
      this.#append(this.tip)
    }
  }

  #append(block: Block): void {
    const { line } = this
    const blank = line.blank
    switch (block.type) {
      case 'paragraph':
        block.text += (block.text ? '\n' : '') + line.rest
        break
      case 'code':
        if (this.lineNumber === block.startLine && block.fence) return
        block.text += line.remainder + '\n'
        break
      case 'formula':
        if (this.lineNumber === block.startLine) return
        block.text += line.rest + '\n'
        break
      case 'html':
        block.text += (block.text ? '\n' : '') + line.remainder
        if (closesHtml(block.kind, line.remainder)) this.closeTip()
        break
      case 'table':
        if (this.lineNumber === block.startLine + 1) break
        block.rows.push(fitted(cells(line.rest), block.head.length))
        break
      default:
        return
    }
    if (!blank || (block.type === 'code' && block.fence)) block.endLine = this.lineNumber
  }

  #closeFormula(block: Formula): void {
    if (!block.complete && block.parent) block.parent.children[block.parent.children.length - 1] = asWritten(block)
  }

  #closeParagraph(block: Paragraph): void {
    if (!block.text.startsWith('[')) return
    const { definitions, rest } = takeDefinitions(block.text)
    this.define(definitions)
    if (rest.trim()) block.text = rest
    else block.parent?.children.pop()
  }
}

/** What never met its closing marker is shown as it was written. */
function asWritten(block: Formula): Paragraph {
  const text = (block.opener + block.text).trim()
  return {
    ...base(block.startLine),
    type: 'paragraph',
    open: false,
    endLine: block.endLine,
    parent: block.parent,
    text,
  }
}

function holds(tip: Block, block: Block): boolean {
  return isContainer(tip) && (tip.type === 'list') === (block.type === 'item')
}

/** A container ends where its last child does; an item without any, on its own line. */
function endOf(block: Block): number {
  if (!isContainer(block)) return block.endLine
  const last = lastOf(block.children)
  return Math.max(block.endLine, last ? endOf(last) : 0)
}

function loosen(into: Container): void {
  const list = into.type === 'item' ? into.parent : into
  if (list?.type === 'list') list.loose = true
}

function depthOf(block: Block): number {
  let depth = 0
  for (let outer = block.parent; outer; outer = outer.parent) depth++
  return depth
}

// What a line can begin: one recogniser per kind of block, in CommonMark's order of precedence.

import type { BlockParser } from './parser'
import { normalLabel, NOTE, takeDefinitions } from './references'
import { cells, delimiterRow } from './tables'
import {
  base,
  holder,
  type Container,
  type Heading,
  type List,
  type ListKind,
  type Paragraph,
  type Table,
} from './tree'

/** What was begun: nothing, a container (whose content follows on the line), or a leaf. */
export type Begun = null | 'container' | 'leaf'

/** Where something can begin: between the blocks of a container, or in place of a line that would go on with these. */
export type Place = Container | Paragraph | Table

type Start = (parser: BlockParser, into: Place) => Begun

const ATX = /^(#{1,6})(?:[ \t]+|$)/
const ATX_END = /(?:^|[ \t]+)#+[ \t]*$/
const FENCE = /^(?:`{3,}(?!.*`)|~{3,})/
const SETEXT = /^(?:=+|-+)[ \t]*$/
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/
const BULLET = /^[*+-]/
const NUMBER = /^(\d{1,9})([.)])/
const NOTE_LABEL = /^\[\^([^\]\s]{1,60})\]:[ \t]*/
const DETAILS = /^<details(?:\s+open(?:="[^"]*")?)?\s*>[ \t]*/i
const SUMMARY = /^<summary>(.*?)<\/summary>[ \t]*/i
/** A line that is a whole formula, or the marker alone, with or without the formula's first line. */
const FORMULA = /^(?:\$\$(?!\$)|\\\[(?=[ \t]*$|.*\\\][ \t]*$))/

const TAG_NAME = '[A-Za-z][A-Za-z0-9-]*'
const ATTRIBUTE = '(?:\\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\\s*=\\s*(?:[^"\'=<>`\\x00-\\x20]+|\'[^\']*\'|"[^"]*"))?)'
const BLOCK_TAGS =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|' +
  'figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|' +
  'noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul'
const HTML_OPEN: RegExp[] = [
  /^<(?:script|pre|textarea|style)(?:\s|>|$)/i,
  /^<!--/,
  /^<[?]/,
  /^<![A-Za-z]/,
  /^<!\[CDATA\[/,
  new RegExp(`^<\\/?(?:${BLOCK_TAGS})(?:\\s|\\/?>|$)`, 'i'),
  new RegExp(`^(?:<${TAG_NAME}${ATTRIBUTE}*\\s*\\/?>|<\\/${TAG_NAME}\\s*>)\\s*$`, 'i'),
]
const HTML_CLOSE: RegExp[] = [/<\/(?:script|pre|textarea|style)>/i, /-->/, /\?>/, />/, /\]\]>/]
/** The kinds before this one end at a closing mark, the others at a blank line. */
const FIRST_KIND_UNTIL_BLANK = 5

export function closesHtml(kind: number, line: string): boolean {
  return HTML_CLOSE[kind]?.test(line) ?? false
}

export function htmlEndsAtBlank(kind: number): boolean {
  return kind >= FIRST_KIND_UNTIL_BLANK
}

const quote: Start = (parser) => {
  const { line } = parser
  if (line.indented || line.text[line.next] !== '>') return null
  line.skipIndent()
  line.skip(1)
  line.skipOneSpace()
  parser.add({ ...holder(parser.lineNumber), type: 'quote' })
  return 'container'
}

const atxHeading: Start = (parser) => {
  const { line } = parser
  const marker = line.indented ? null : ATX.exec(line.rest)
  if (!marker) return null
  const text = line.rest.slice(marker[0].length).replace(ATX_END, '').trim()
  parser.add({ ...base(parser.lineNumber), type: 'heading', level: marker[1]?.length ?? 1, text })
  line.skipAll()
  return 'leaf'
}

const fence: Start = (parser) => {
  const { line } = parser
  const marker = line.indented ? null : FENCE.exec(line.rest)
  if (!marker) return null
  const label = line.rest.slice(marker[0].length).trim()
  parser.add({ ...base(parser.lineNumber), type: 'code', fence: marker[0], label, indent: line.indent, text: '' })
  line.skipAll()
  return 'leaf'
}

const formula: Start = (parser) => {
  const { line } = parser
  const marker = line.indented ? null : FORMULA.exec(line.rest)
  if (!marker) return null
  const opener = marker[0] === '$$' ? '$$' : '\\['
  const rest = line.rest.slice(2)
  const end = formulaEnd(opener, rest)
  // `$$ … $$ and more` is a formula inside a paragraph.
  if (end < 0 && rest.includes(closerOf(opener))) return null
  line.skipAll()
  const complete = end >= 0
  const text = complete ? rest.slice(0, end) : rest + '\n'
  parser.add({ ...base(parser.lineNumber), type: 'formula', opener, text, complete })
  if (complete) parser.closeTip()
  return 'leaf'
}

export function closerOf(opener: '$$' | '\\['): string {
  return opener === '$$' ? '$$' : '\\]'
}

/** Where the formula ends on this line, if its closing marker is the last thing on it; else -1. */
export function formulaEnd(opener: '$$' | '\\[', line: string): number {
  const trimmed = line.trimEnd()
  const closer = closerOf(opener)
  const at = trimmed.length - closer.length
  return trimmed.endsWith(closer) && trimmed.indexOf(closer) === at ? at : -1
}

const details: Start = (parser) => {
  const { line } = parser
  const tag = line.indented ? null : DETAILS.exec(line.rest)
  if (!tag || !/^(?:<summary>.*)?$/i.test(line.rest.slice(tag[0].length))) return null
  line.skipIndent()
  line.skip(tag[0].length)
  parser.add({ ...holder(parser.lineNumber), type: 'details' })
  return 'container'
}

const summary: Start = (parser, into) => {
  const { line } = parser
  const tag = into.type === 'details' && into.children.length === 0 ? SUMMARY.exec(line.rest) : null
  if (!tag) return null
  parser.add({ ...base(parser.lineNumber), type: 'summary', text: tag[1]?.trim() ?? '' })
  parser.closeTip()
  line.skipIndent()
  line.skip(tag[0].length)
  return 'container'
}

const note: Start = (parser) => {
  const { line } = parser
  const found = line.indented ? null : NOTE_LABEL.exec(line.rest)
  if (!found?.[1]) return null
  line.skipIndent()
  line.skip(found[0].length)
  parser.add({ ...holder(parser.lineNumber), type: 'note', label: found[1] })
  parser.define([{ label: normalLabel(`^${found[1]}`), link: { href: NOTE, title: null }, length: 0 }])
  return 'container'
}

const html: Start = (parser, into) => {
  const { line } = parser
  if (line.indented || line.text[line.next] !== '<') return null
  const kind = HTML_OPEN.findIndex((opening) => opening.test(line.rest))
  const mayInterrupt = into.type !== 'paragraph' && !parser.continuesParagraph
  if (kind < 0 || (kind === HTML_OPEN.length - 1 && !mayInterrupt)) return null
  parser.add({ ...base(parser.lineNumber), type: 'html', kind, text: '' })
  return 'leaf'
}

const setextHeading: Start = (parser, into) => {
  const { line } = parser
  if (line.indented || into.type !== 'paragraph' || !SETEXT.test(line.rest)) return null
  const { definitions, rest } = takeDefinitions(into.text)
  if (!rest.trim()) return null
  parser.define(definitions)
  const level = line.rest.startsWith('=') ? 1 : 2
  const heading: Heading = { ...base(into.startLine), type: 'heading', level, text: rest.trim() }
  heading.endLine = parser.lineNumber
  parser.replace(into, heading)
  line.skipAll()
  return 'leaf'
}

/** The last line of a paragraph becomes the head of a table when a delimiter row of the same width follows. */
const table: Start = (parser, into) => {
  const { line } = parser
  if (line.indented || into.type !== 'paragraph') return null
  const align = delimiterRow(line.rest)
  if (!align) return null
  const cut = into.text.trimEnd().lastIndexOf('\n') + 1
  const head = cells(into.text.slice(cut))
  if (head.length !== align.length) return null
  const block: Table = { ...base(parser.lineNumber), type: 'table', align, head, rows: [] }
  block.startLine = parser.lineNumber - 1
  const before = into.text.slice(0, cut).trimEnd()
  if (before) {
    into.text = before
    into.endLine = block.startLine - 1
    parser.add(block)
  } else {
    parser.replace(into, block)
  }
  line.skipAll()
  return 'leaf'
}

const rule: Start = (parser) => {
  const { line } = parser
  if (line.indented || !RULE.test(line.rest)) return null
  parser.add({ ...base(parser.lineNumber), type: 'rule' })
  line.skipAll()
  return 'leaf'
}

interface Marker extends ListKind {
  width: number
}

function listMarker(rest: string, interrupts: boolean): Marker | null {
  const bullet = BULLET.exec(rest)
  const number = bullet ? null : NUMBER.exec(rest)
  const found = bullet ?? number
  if (!found || !/^(?:[ \t]|$)/.test(rest.slice(found[0].length))) return null
  if (interrupts && (!rest.slice(found[0].length).trim() || (number && Number(number[1]) !== 1))) return null
  return {
    ordered: number !== null,
    start: Number(number?.[1] ?? 0),
    delimiter: number?.[2] ?? found[0],
    width: found[0].length,
  }
}

const item: Start = (parser, into) => {
  const { line } = parser
  if (line.indented) return null
  const marker = listMarker(line.rest, into.type === 'paragraph')
  if (!marker) return null
  const { indent } = line
  line.skipIndent()
  line.skip(marker.width)
  // One to four spaces belong to the marker; with more, the item begins with indented code.
  const padding = line.blank || line.indent > 4 ? 1 : line.indent
  if (line.blank) line.skipOneSpace()
  else line.skipColumns(padding)
  parser.closeUnmatched()
  const { width, ...kind } = marker
  const open = parser.tip
  if (open.type !== 'list' || open.ordered !== kind.ordered || open.delimiter !== kind.delimiter) {
    const list: List = { ...holder(parser.lineNumber), type: 'list', loose: false, ...kind }
    parser.add(list)
  }
  parser.add({ ...holder(parser.lineNumber), type: 'item', indent: indent + width + padding })
  return 'container'
}

const indentedCode: Start = (parser, into) => {
  const { line } = parser
  if (!line.indented || line.blank || parser.tip.type === 'paragraph' || into.type === 'table') return null
  line.skipColumns(4)
  parser.add({ ...base(parser.lineNumber), type: 'code', fence: '', label: '', indent: 0, text: '' })
  return 'leaf'
}

const CONTAINERS: Start[] = [quote, item, details, note]
const LEAVES_FIRST: Start[] = [atxHeading, fence, formula]
const ALL: Start[] = [
  quote,
  ...LEAVES_FIRST,
  details,
  summary,
  note,
  html,
  table,
  setextHeading,
  rule,
  item,
  indentedCode,
]
const LEAVES: Start[] = ALL.filter((start) => !CONTAINERS.includes(start))

/** Begins what the line begins. Below the deepest level that is shown, markers of containers are text. */
export function begin(parser: BlockParser, into: Place, tooDeep: boolean): Begun {
  for (const start of tooDeep ? LEAVES : ALL) {
    const begun = start(parser, into)
    if (begun) return begun
  }
  return null
}

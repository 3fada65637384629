// The tree of blocks that the parser grows and the views show. Plain records: what they mean is CommonMark's.
// Only the last child of a block can be open, so everything that can still change lies on one path from the root.

export type Align = 'left' | 'center' | 'right' | null

interface Base {
  parent: Container | null
  open: boolean
  /** The line it began on, and the last one that counts as its own: a gap between two siblings loosens a list. */
  startLine: number
  endLine: number
}

interface Holder extends Base {
  children: Block[]
  /** How many of the first children can never change again, however the text goes on. */
  frozen: number
}

export interface Root extends Holder {
  type: 'root'
}

export interface Quote extends Holder {
  type: 'quote'
}

/** `<details>` on a line of its own: models fold long parts this way, and mean Markdown inside. */
export interface Details extends Holder {
  type: 'details'
}

/** A footnote, which stands where it was written. */
export interface Note extends Holder {
  type: 'note'
  label: string
}

export interface ListKind {
  ordered: boolean
  start: number
  /** The bullet, or what stands after the number: another one begins another list. */
  delimiter: string
}

export interface List extends Holder, ListKind {
  type: 'list'
  loose: boolean
}

export interface Item extends Holder {
  type: 'item'
  /** The column from which a line belongs to the item. */
  indent: number
}

interface Text extends Base {
  text: string
}

export interface Paragraph extends Text {
  type: 'paragraph'
}

export interface Summary extends Text {
  type: 'summary'
}

export interface Heading extends Text {
  type: 'heading'
  level: number
}

/** Indented code has no fence. */
export interface Code extends Text {
  type: 'code'
  fence: string
  /** What stands after the opening fence, for instance the language. */
  label: string
  indent: number
}

/** A formula set apart by `$$` or `\[`. */
export interface Formula extends Text {
  type: 'formula'
  opener: '$$' | '\\['
  /** Whether its closing marker has come. */
  complete: boolean
}

export interface Html extends Text {
  type: 'html'
  /** Which of CommonMark's seven kinds: it decides how the block ends. */
  kind: number
}

export interface Rule extends Base {
  type: 'rule'
}

export interface Table extends Base {
  type: 'table'
  align: Align[]
  head: string[]
  rows: string[][]
}

export type Container = Root | Quote | Details | Note | List | Item
export type Leaf = Paragraph | Summary | Heading | Code | Formula | Html | Rule | Table
export type Block = Container | Leaf

export function isContainer(block: Block): block is Container {
  return 'children' in block
}

export const base = (line: number): Base => ({ parent: null, open: true, startLine: line, endLine: line })

export const holder = (line: number): Holder => ({ ...base(line), children: [], frozen: 0 })

export function lastOf<T>(items: T[]): T | undefined {
  return items[items.length - 1]
}

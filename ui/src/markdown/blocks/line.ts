// One line of Markdown and a position in it. Knows columns, which differ from offsets where tabs are: a tab reaches to
// the next multiple of four, and a container's marker may take only a part of it.

const TAB_STOP = 4
const CODE_INDENT = 4

export class Line {
  offset = 0
  column = 0
  /** What of the line lies ahead: where its first visible character is, and how many columns away. */
  next = 0
  nextColumn = 0
  indent = 0
  blank = false
  #insideTab = false

  constructor(readonly text: string) {
    this.look()
  }

  get indented(): boolean {
    return this.indent >= CODE_INDENT
  }

  /** The line from its first visible character on. */
  get rest(): string {
    return this.text.slice(this.next)
  }

  /** Everything from the position on; of a tab that was taken in part, the columns that remain are spaces. */
  get remainder(): string {
    if (!this.#insideTab) return this.text.slice(this.offset)
    return ' '.repeat(TAB_STOP - (this.column % TAB_STOP)) + this.text.slice(this.offset + 1)
  }

  isSpaceAt(offset: number): boolean {
    const character = this.text[offset]
    return character === ' ' || character === '\t'
  }

  look(): void {
    let offset = this.offset
    let column = this.column
    for (; offset < this.text.length; offset++) {
      if (this.text[offset] === ' ') column++
      else if (this.text[offset] === '\t') column += TAB_STOP - (column % TAB_STOP)
      else break
    }
    this.next = offset
    this.nextColumn = column
    this.indent = column - this.column
    this.blank = offset === this.text.length
  }

  /** Moves on by so many characters. */
  skip(count: number): void {
    for (const end = this.offset + count; this.offset < end && this.offset < this.text.length;) this.#step(Infinity)
    this.look()
  }

  /** Moves on by so many columns, if need be into the middle of a tab. */
  skipColumns(count: number): void {
    const target = this.column + count
    while (this.column < target && this.offset < this.text.length) this.#step(target - this.column)
    this.look()
  }

  skipIndent(): void {
    this.offset = this.next
    this.column = this.nextColumn
    this.#insideTab = false
    this.look()
  }

  /** One optional space or column of a tab after a marker. */
  skipOneSpace(): void {
    if (this.isSpaceAt(this.offset)) this.skipColumns(1)
  }

  skipAll(): void {
    this.skip(this.text.length - this.offset)
  }

  #step(columns: number): void {
    if (this.text[this.offset] !== '\t') {
      this.column++
      this.offset++
      this.#insideTab = false
      return
    }
    const width = TAB_STOP - (this.column % TAB_STOP)
    this.#insideTab = width > columns
    this.column += Math.min(width, columns)
    if (!this.#insideTab) this.offset++
  }
}

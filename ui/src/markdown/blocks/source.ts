// A text that grows, as a tree of blocks. Knows line ends, and what to make of a line that is still incomplete: it is
// tried on the tree and taken back before the next one, unless it so far holds nothing but markers that could mean anything.

import { BlockParser, type Mark } from './parser'

/** A line that is only markers so far: `-` may become a bullet, a rule, or the underline of a heading. */
const UNDECIDED = /^[\s>]*(?:[-+*]\s+)?(?:[-+*=_~`#|$\\<:\s]*|\d{1,9}[.)]?\s*|\[[ xX]?\]?)$/
const MAYBE_FENCE_END = /^[\s>]*[`~$\\]*$/
const LINE_END = /\r\n|\n|\r/g

export class Source {
  parser = new BlockParser()
  /** How often the text was replaced rather than continued. */
  generation = 0
  #text = ''
  #read = 0
  #mark: Mark | null = null
  #ended = false

  /** Takes the text as it is by now, reading at most about `limit` characters more; true if all was read. */
  update(text: string, ended: boolean, limit = Infinity): boolean {
    if ((this.#ended && (text !== this.#text || !ended)) || !text.startsWith(this.#text)) this.#restart()
    this.#text = text
    if (this.#ended) return true
    if (this.#mark) this.parser.rewind(this.#mark)
    this.#mark = null
    const all = this.#readLines(ended, limit)
    this.parser.freeze()
    if (!all) return false
    if (ended) this.#end()
    else this.#tryLine(text.slice(this.#read))
    return true
  }

  #restart(): void {
    this.parser = new BlockParser()
    this.generation++
    this.#read = 0
    this.#mark = null
    this.#ended = false
  }

  #readLines(ended: boolean, limit: number): boolean {
    const stop = this.#read + limit
    LINE_END.lastIndex = this.#read
    for (let end = LINE_END.exec(this.#text); end; end = LINE_END.exec(this.#text)) {
      const next = end.index + end[0].length
      // Half of a CRLF would count as a line of its own.
      if (end[0] === '\r' && next === this.#text.length && !ended) break
      this.parser.push(clean(this.#text.slice(this.#read, end.index)))
      this.#read = next
      if (next >= stop && next < this.#text.length) return false
    }
    return true
  }

  #end(): void {
    const rest = this.#text.slice(this.#read)
    if (rest) this.parser.push(clean(rest))
    this.parser.close()
    this.#ended = true
  }

  #tryLine(text: string): void {
    const line = clean(text.endsWith('\r') ? text.slice(0, -1) : text)
    const { tip } = this.parser
    const verbatim = tip.type === 'code' || tip.type === 'formula' || tip.type === 'html'
    if ((verbatim ? MAYBE_FENCE_END : UNDECIDED).test(line)) return
    this.#mark = this.parser.mark()
    this.parser.push(line)
  }
}

/** U+0000 is not allowed in text, as CommonMark says. */
function clean(line: string): string {
  return line.includes('\0') ? line.replaceAll('\0', '\uFFFD') : line
}

// What stands inside a paragraph, as tokens. Marked reads emphasis, links, code and GFM's autolinks; formulas are added
// here, and tags of HTML are paired, so that a view meets a tree and no loose ends.

import { Lexer, Marked, type Links, type MarkedToken, type Token } from 'marked'
import { formulaAt, maybeFormula } from './formulas'
import { pairTags } from './tags'

export interface FormulaToken {
  type: 'formula'
  raw: string
  tex: string
  display: boolean
}

/** An element of HTML that the text holds, with its tags matched. */
export interface ElementToken {
  type: 'element'
  raw: string
  name: string
  attributes: Map<string, string>
  tokens: InlineToken[]
}

export type InlineToken = MarkedToken | FormulaToken | ElementToken

/** A picture inside the text may be megabytes long; the lexer sees a short name for it. */
const DATA_PICTURE = /data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=]{256,}/g
const STAND_IN = /^llms-picture:(\d+)$/
/** Longer than any paragraph; the patterns of a lexer may take more than linear time. */
const LONGEST = 50_000

export class InlineLexer {
  readonly #lexer: Lexer
  #pictures: string[] = []

  constructor(links: Links) {
    const marked = new Marked({ gfm: true, extensions: [this.#formulas()] })
    this.#lexer = new Lexer(marked.defaults)
    this.#lexer.tokens.links = links
  }

  tokens(text: string): InlineToken[] {
    this.#pictures = []
    const source = text.includes(';base64,') ? text.replace(DATA_PICTURE, (uri) => this.#standIn(uri)) : text
    const plain = [{ type: 'text' as const, raw: source, text: source, escaped: false }]
    if (source.length > LONGEST) return plain
    this.#lexer.state.inLink = this.#lexer.state.inRawBlock = false
    try {
      return pairTags(this.#lexer.inlineTokens(source) as InlineToken[])
    } catch (problem) {
      // Thousands of nested markers exhaust the stack; as text they still can be read.
      if (problem instanceof RangeError) return plain
      throw problem
    }
  }

  /** The address of an image token: the picture itself where a stand-in was lexed. */
  picture(href: string): string {
    const index = STAND_IN.exec(href)?.[1]
    return index === undefined ? href : (this.#pictures[Number(index)] ?? '')
  }

  #standIn(uri: string): string {
    return `llms-picture:${this.#pictures.push(uri) - 1}`
  }

  #formulas() {
    return {
      name: 'formula',
      level: 'inline' as const,
      start: (text: string) => maybeFormula(text),
      tokenizer: (text: string, before: Token[]): FormulaToken | undefined => {
        if (text[0] !== '$' && text[0] !== '\\') return undefined
        const formula = formulaAt(text, before.at(-1)?.raw.slice(-2) ?? '')
        return formula ? { type: 'formula', ...formula } : undefined
      },
    }
  }
}

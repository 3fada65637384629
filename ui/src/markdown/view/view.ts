// What every view of a block is, and what they share.

import type { Block } from '../blocks/tree'
import type { InlineLexer } from '../inline/tokens'

export interface View {
  /** Two blocks with the same key at the same place are shown by the same view. */
  readonly key: string
  readonly element: HTMLElement
  update(block: Block): void
  /** The innermost element at the end of what is shown: where the caret is. */
  tail(): HTMLElement
  dispose?(): void
}

/** One token of highlighted code: how many characters of which kind. */
export interface Runs {
  lengths: Uint32Array
  kinds: Uint8Array
}

export interface Services {
  highlight(code: string, language: string): Promise<Runs | null>
  /** Replaces the source of a formula in `place` by the formula, when there is time. */
  typeset(tex: string, display: boolean, place: HTMLElement): void
  loadImage(url: string): Promise<Blob>
  previewUrl: string
}

/** What the views of one text share. */
export interface Context extends Services {
  lexer: InlineLexer
  /** How often the text was replaced: a view that showed an older one begins anew. */
  generation: number
  /** Tells one set of link definitions from another. */
  definitions: string
  /** Views that showed brackets which a later definition may turn into links. */
  bracketed: Set<{ refresh(): void }>
}

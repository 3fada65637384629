// Shows Markdown that is still being written. The contract: the work of one update is bounded by what is unfinished at the
// end of the text and by what was added, never by the length of the text; and the elements at the end are the same, however
// the text came. `docs/decisions/0009-markdown-line-by-line.md` says why.

import { ContainerView } from './view/blocks'
import type { Context, Services } from './view/view'
import { Source } from './blocks/source'
import { InlineLexer } from './inline/tokens'
import { whenIdle } from './idle'

/** What is read at once; a longer addition, such as a whole stored answer, is shown in pieces. */
const PIECE = 24_000
const REFRESHED_AT_ONCE = 20

export interface StreamRenderer {
  /** Shows the text as it is by now. More may come. */
  update(text: string): void
  /** Shows the whole text. What is long is shown in pieces; the promise ends with the last. */
  finish(text: string): Promise<void>
  dispose(): void
}

export function createStreamRenderer(root: HTMLElement, services: Services): StreamRenderer {
  return new Renderer(root, services)
}

class Renderer implements StreamRenderer {
  readonly #source = new Source()
  readonly #view: ContainerView
  readonly #context: Context
  #caret: HTMLElement | null = null
  #disposed = false
  /** Grows with each call, so that pieces of an older text end. */
  #turn = 0

  constructor(
    readonly root: HTMLElement,
    services: Services,
  ) {
    this.#context = {
      ...services,
      lexer: new InlineLexer(this.#source.parser.links),
      generation: 0,
      definitions: '',
      bracketed: new Set(),
    }
    this.#view = new ContainerView('root', root, this.#context)
  }

  update(text: string): void {
    this.#turn++
    const all = this.#read(text, false)
    this.#placeCaret(this.#view.tail())
    if (!all) void this.#readRest(text, false)
  }

  async finish(text: string): Promise<void> {
    this.#turn++
    this.#placeCaret(null)
    if (!this.#read(text, true)) await this.#readRest(text, true)
    else this.#refresh()
  }

  dispose(): void {
    this.#disposed = true
    this.#turn++
    this.#view.dispose()
  }

  #read(text: string, ended: boolean): boolean {
    const all = this.#source.update(text, ended, PIECE)
    const { parser, generation } = this.#source
    if (generation !== this.#context.generation) {
      this.#context.lexer = new InlineLexer(parser.links)
      this.#context.generation = generation
    }
    this.#context.definitions = `${generation} ${parser.definitions}`
    this.#view.update(parser.root)
    return all
  }

  #readRest(text: string, ended: boolean): Promise<void> {
    const turn = this.#turn
    return new Promise((resolve) => {
      whenIdle(() => {
        const isCurrent = turn === this.#turn
        const more = isCurrent && !this.#read(text, ended)
        if (!more) {
          if (isCurrent && ended) this.#refresh()
          else if (isCurrent) this.#placeCaret(this.#view.tail())
          resolve()
        }
        return more
      })
    })
  }

  /** A definition may come after the links that need it: they are looked at again, a few now and many in pieces. */
  #refresh(): void {
    const views = [...this.#context.bracketed]
    const some = (count: number) => views.splice(0, count).forEach((view) => view.refresh())
    some(REFRESHED_AT_ONCE)
    if (views.length === 0) return
    whenIdle(() => {
      if (!this.#disposed) some(REFRESHED_AT_ONCE)
      return views.length > 0 && !this.#disposed
    })
  }

  #placeCaret(tail: HTMLElement | null): void {
    if (tail === this.#caret) return
    this.#caret?.classList.remove('caret')
    tail?.classList.add('caret')
    this.#caret = tail
  }
}

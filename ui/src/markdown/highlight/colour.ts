// Code to runs of coloured characters. Runs in the worker.

import hljs from 'highlight.js/lib/core'
import type { Runs } from '../view/view'
import { EMBEDDED, GRAMMARS } from './grammars'
import { KINDS, kindOf, type Kind } from './kinds'

const registered = new Map<string, Promise<void>>()

function load(language: string): Promise<void> {
  const loader = GRAMMARS[language]
  if (!loader) return Promise.reject(new RangeError(`No grammar: ${language}`))
  let loading = registered.get(language)
  if (!loading) {
    loading = loader().then((grammar) => hljs.registerLanguage(language, grammar.default))
    registered.set(language, loading)
    // Offline for a moment, perhaps: the next block tries again.
    loading.catch(() => registered.delete(language))
  }
  return loading
}

export async function colour(code: string, language: string): Promise<Runs> {
  await Promise.all([language, ...(EMBEDDED[language] ?? [])].map(load))
  const runs = new RunWriter()
  const result = hljs.highlight(code, { language, ignoreIllegals: true })
  // The tree behind the HTML: this page makes no HTML out of strings.
  ;(result._emitter as unknown as Tree).walk(runs)
  return runs.done()
}

interface Tree {
  walk(visitor: RunWriter): void
}

interface Scope {
  scope?: string
}

/** Takes the highlighter's tree in order; neighbours of one kind become one run. */
class RunWriter {
  readonly #lengths: number[] = []
  readonly #kinds: number[] = []
  readonly #open: Kind[] = []

  addText(text: string): void {
    const kind = KINDS.indexOf(this.#open.findLast((kind) => kind !== '') ?? '')
    const last = this.#kinds.length - 1
    if (this.#kinds[last] === kind) this.#lengths[last] = (this.#lengths[last] ?? 0) + text.length
    else {
      this.#kinds.push(kind)
      this.#lengths.push(text.length)
    }
  }

  openNode({ scope = '' }: Scope): void {
    this.#open.push(kindOf(scope))
  }

  closeNode(): void {
    this.#open.pop()
  }

  done(): Runs {
    return { lengths: Uint32Array.from(this.#lengths), kinds: Uint8Array.from(this.#kinds) }
  }
}

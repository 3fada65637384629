// Formulas as mathematics. KaTeX comes with the first formula, and works in pieces when there is time: a page full of
// formulas costs no frame. Until then, and where TeX is wrong, the source is shown.

import type { KatexOptions } from 'katex'
import { whenIdle } from './idle'

interface Katex {
  render(tex: string, place: HTMLElement, options: KatexOptions): void
}

/** Longer is not a formula, and expansion of macros is bounded too. */
const LONGEST = 10_000
const MOST_EXPANSIONS = 500
/** In em: a rule as large as the page would cover it. */
const LARGEST = 40

interface Waiting {
  tex: string
  display: boolean
  place: HTMLElement
}

let katex: Katex | null = null
let loading: Promise<void> | null = null
const waiting: Waiting[] = []

async function load(): Promise<void> {
  const [module] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')])
  katex = module.default
}

export function typeset(tex: string, display: boolean, place: HTMLElement): void {
  if (tex.length > LONGEST) return
  waiting.push({ tex, display, place })
  if (katex) {
    if (waiting.length === 1) whenIdle(step)
    return
  }
  loading ??= load().then(
    () => whenIdle(step),
    () => {
      // Perhaps offline: the next formula tries again.
      loading = null
    },
  )
}

function step(): boolean {
  const next = waiting.shift()
  if (next && katex) show(katex, next)
  return waiting.length > 0
}

function show(katex: Katex, { tex, display, place }: Waiting): void {
  const source = place.textContent
  try {
    katex.render(tex, place, {
      displayMode: display,
      output: 'htmlAndMathml',
      throwOnError: true,
      strict: 'ignore',
      trust: false,
      maxExpand: MOST_EXPANSIONS,
      maxSize: LARGEST,
    })
    place.classList.add('typeset')
  } catch (problem) {
    place.textContent = source
    place.classList.add('formula-wrong')
    place.title = problem instanceof Error ? problem.message : String(problem)
  }
}

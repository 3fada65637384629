// How texts are compared in a search: without case, without accents of Latin and Greek, character by character, so that a
// place in the folded text is the same place in the text itself.

export interface Snippet {
  text: string
  /** Half-open ranges of `text` that match, in order, not overlapping. */
  ranges: [number, number][]
}

const ACCENTED = /[\u00c0-\u024f\u0386-\u03ce\u1e00-\u1eff]/g
const baseOf = new Map<string, string>()

function base(char: string): string {
  let found = baseOf.get(char)
  if (found === undefined) baseOf.set(char, (found = char.normalize('NFD').charAt(0)))
  return found
}

/** Of the same length as `compose(text)`. */
export function fold(text: string): string {
  const composed = compose(text)
  const lower = composed.toLowerCase()
  // A few letters become two in lower case (İ); then letter by letter, and the mark is left out.
  const even = lower.length === composed.length ? lower : Array.from(composed, lowerEven).join('')
  return even.replace(ACCENTED, base)
}

function lowerEven(char: string): string {
  const lower = char.toLowerCase()
  return lower.slice(0, char.length)
}

/** One spelling of letters with accents; nearly every text has it already. */
export function compose(text: string): string {
  return text.normalize('NFC')
}

/** Words, and "phrases in quotes", folded; each once. */
export function termsOf(query: string): string[] {
  const found = Array.from(query.matchAll(/"([^"]+)"?|(\S+)/g), ([, phrase, word]) => fold((phrase ?? word)!.trim()))
  return [...new Set(found.filter((term) => term !== '' && term !== '"'))]
}

/** Whether every term occurs. */
export function matches(folded: string, terms: readonly string[]): boolean {
  return terms.length > 0 && terms.every((term) => folded.includes(term))
}

const BEFORE = 60
const LENGTH = 200

/** A piece of the text around the first match, with all matches in it. */
export function snippetOf(text: string, terms: readonly string[]): Snippet {
  const composed = compose(text)
  const folded = fold(text)
  const first = Math.min(...terms.map((term) => folded.indexOf(term)).filter((at) => at >= 0))
  const wanted = Number.isFinite(first) ? Math.max(0, first - BEFORE) : 0
  const start = wordStart(composed, wanted)
  const end = Math.min(composed.length, start + LENGTH)
  const [head, tail] = [start > 0 ? '…' : '', end < composed.length ? '…' : '']
  const shown = head + composed.slice(start, end).replace(/\s/g, ' ') + tail
  const ranges = rangesOf(folded.slice(start, end), terms)
  return { text: shown, ranges: ranges.map(([from, to]) => [from + head.length, to + head.length]) }
}

/** Not in the middle of a word or of a character, if a word begins soon. */
function wordStart(text: string, at: number): number {
  if (at === 0) return 0
  const space = text.slice(at, at + BEFORE / 2).search(/\s/)
  if (space >= 0) return at + space + 1
  return text.charCodeAt(at) >= 0xdc00 && text.charCodeAt(at) <= 0xdfff ? at + 1 : at
}

function rangesOf(folded: string, terms: readonly string[]): [number, number][] {
  const found: [number, number][] = []
  for (const term of terms)
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length))
      found.push([at, at + term.length])
  found.sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const range of found) {
    const last = merged.at(-1)
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1])
    else merged.push(range)
  }
  return merged
}

// What is being asked for while typing: `/name` calls a prompt of the library, `@name` a model. And the `{{variables}}`
// that a prompt leaves open.

/** A word at the caret that starts with a mark, and where it stands. */
export interface Mention {
  kind: 'prompt' | 'model'
  query: string
  start: number
  end: number
}

/** A slash counts only as the first character, an @ only at the start of a word: both are common inside text. */
export function mentionAt(text: string, caret: number): Mention | null {
  const before = text.slice(0, caret)
  const prompt = /^\/(\S*)$/.exec(before)
  if (prompt) return { kind: 'prompt', query: prompt[1] ?? '', start: 0, end: caret }
  const model = /(?:^|\s)@(\S*)$/.exec(before)
  if (!model) return null
  const query = model[1] ?? ''
  return { kind: 'model', query, start: caret - query.length - 1, end: caret }
}

const VARIABLE = /\{\{\s*([^{}]+?)\s*\}\}/g

/** Names of the variables in the order of their first use. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? ''))]
}

/** Puts values in; a variable without a value stays, so that nobody sends half a sentence unawares. */
export function fillVariables(text: string, values: Record<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[name] || whole)
}

/** Ranks what the query may mean: starts with it, a part starts with it, holds it, holds its letters in order. */
export function rank(query: string, candidate: string): number {
  const q = query.toLowerCase()
  const c = candidate.toLowerCase()
  if (!q) return 1
  if (c.startsWith(q)) return 4
  if (c.split(/[/\-_:. ]/).some((part) => part.startsWith(q))) return 3
  if (c.includes(q)) return 2
  let at = 0
  for (const letter of q) {
    at = c.indexOf(letter, at) + 1
    if (!at) return 0
  }
  return 1
}

/** The best few matches, ties in their given order. */
export function bestMatches<T>(items: readonly T[], query: string, name: (item: T) => string, most = 8): T[] {
  return items
    .map((item, index) => ({ item, index, score: rank(query, name(item)) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)
    .map((entry) => entry.item)
}

// How well a few typed letters fit a name. Every word typed must be found; letters in a row, at the start of a word or of
// the name, count most. Fast enough for thousands of names on each key press.

const SEPARATOR = /[\s/\-_.:@]/

/** Higher is better; 0 when it does not fit. `query` and `text` are lower case. */
export function score(query: string, text: string): number {
  let sum = 1
  for (const word of query.split(/\s+/)) {
    if (!word) continue
    const one = scoreWord(word, text)
    if (one === 0) return 0
    sum += one
  }
  return sum
}

function scoreWord(word: string, text: string): number {
  const at = bestIndex(word, text)
  if (at >= 0) {
    const starts = at === 0 || SEPARATOR.test(text[at - 1]!)
    const ends = at + word.length === text.length || SEPARATOR.test(text[at + word.length]!)
    return 100 + (starts ? 40 : 0) + (starts && ends ? 20 : 0) - Math.min(20, text.length / 8)
  }
  return word.length < 3 ? 0 : scatter(word, text)
}

/** Where the word stands, at the start of a part if it does so anywhere. */
function bestIndex(word: string, text: string): number {
  const first = text.indexOf(word)
  for (let at = first; at >= 0; at = text.indexOf(word, at + 1)) {
    if (at === 0 || SEPARATOR.test(text[at - 1]!)) return at
  }
  return first
}

/** All letters in order, with little between them: "g4om" fits "gpt-4o-mini". */
function scatter(word: string, text: string): number {
  let from = 0
  let gaps = 0
  for (const [index, letter] of [...word].entries()) {
    const at = text.indexOf(letter, from)
    if (at < 0) return 0
    const skipped = at - from
    if (index > 0 && skipped > 0) gaps += SEPARATOR.test(text[at - 1] ?? ' ') ? 1 : skipped
    from = at + letter.length
  }
  const worst = word.length * 3
  return gaps > worst ? 0 : 60 - (gaps / worst) * 50
}

/** The items that fit, best first; equals keep their order. All of them for an empty query. */
export function rank<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  const wanted = query.trim().toLowerCase()
  if (!wanted) return [...items]
  return items
    .map((item) => ({ item, score: score(wanted, textOf(item)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item)
}

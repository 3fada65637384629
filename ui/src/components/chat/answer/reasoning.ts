// The reasoning of a model as one line: the thought it is at.

const LINE = 160

/** The last heading or sentence of the reasoning, without its marks. Looks at the tail only. */
export function thoughtOf(reasoning: string): string {
  const tail = reasoning.slice(-2000)
  const heading = [...tail.matchAll(/^\s*(?:#{1,6}\s+(.+)|\*\*(.+?)\*\*)\s*$/gm)].at(-1)
  const line = heading?.[1] ?? heading?.[2] ?? lastSentence(tail)
  return line
    .replace(/[*_`#]+/g, '')
    .trim()
    .slice(0, LINE)
}

function lastSentence(text: string): string {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  const sentences = line.split(/(?<=[.!?。！？])\s+/)
  const last = sentences.at(-1) ?? ''
  // A sentence that has only begun says less than the one before it.
  return last.length < 12 && sentences.length > 1 ? (sentences.at(-2) ?? last) : last
}

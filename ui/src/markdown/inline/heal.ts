// What is half typed at the end of a growing paragraph, completed for the eye: `**bo` is bold at once instead of jumping
// when its end arrives, and a link shows its words while its address is still coming. The source itself is never changed.

/** A table shows when its delimiter row is there, a definition never. */
const UNDECIDED = /^\|[^\n]*(?:\n[|\s:-]*)?$|^\[[^\]\n]+\]:[^\n]*$/
const HALF_PICTURE = /!\[[^\]\n]*(?:\](?:\([^)\n]*)?)?$/
const HALF_LINK = /\[([^[\]\n]*)\]\([^()\s]*(?:\s+"[^"\n]*"?)?$/
const HALF_TAG = /<\/?[A-Za-z][^<>\n]{0,20}$/
const CODE = /`+/g
const EMPHASIS = /\*{1,3}|~~|_{1,3}/g
/** More is not a text that someone means. */
const MOST_CLOSED = 6
const LETTER = /[\p{L}\p{N}]/u

export function healed(text: string): string {
  if (UNDECIDED.test(text)) return ''
  const code = openCode(text)
  if (code) return text.length > code.at + code.run.length ? closeCode(text, code) : text.slice(0, code.at)
  const whole = text.replace(HALF_PICTURE, '').replace(HALF_LINK, '$1').replace(HALF_TAG, '')
  return closeEmphasis(whole)
}

interface Run {
  at: number
  run: string
}

/** The backticks that still wait for their other half. */
function openCode(text: string): Run | null {
  const runs = Array.from(text.matchAll(CODE), (match) => ({ at: match.index, run: match[0] }))
  for (let index = 0; index < runs.length; index++) {
    const opener = runs[index]
    if (!opener || text[opener.at - 1] === '\\') continue
    const closer = runs.findIndex((run, later) => later > index && run.run === opener.run)
    if (closer < 0) return opener
    index = closer
  }
  return null
}

function closeCode(text: string, code: Run): string {
  return closeEmphasis(text.slice(0, code.at), text.slice(code.at).replace(/`+$/, '') + code.run)
}

/** Adds the closing markers that are missing, the innermost first. What follows `text` verbatim is `tail`. */
function closeEmphasis(text: string, tail = ''): string {
  const open: string[] = []
  const prose = text.replace(/(`+)[^]*?\1|\$[^$\n]*\$|\]\([^)\s]*\)|<[^<>\s]+>|https?:\/\/\S+|\\[^]/g, (skipped) =>
    '.'.repeat(skipped.length),
  )
  for (const { 0: run, index } of prose.matchAll(EMPHASIS)) {
    const before = prose[index - 1] ?? ' '
    const after = prose[index + run.length] ?? (tail || ' ')
    if (run[0] === '_' && LETTER.test(before) && LETTER.test(after)) continue
    if (open.at(-1) === run && !/\s/.test(before)) open.pop()
    else if (!/\s/.test(after) && !LETTER.test(before)) open.push(run)
  }
  const bare = tail
    ? text
    : text.replace(/(?:\*{1,3}|~~?|_{1,3})$/, (run) =>
        open.length > 0 || /\s/.test(text.at(-run.length - 1) ?? ' ') ? '' : run,
      )
  const trimmed = tail ? bare : bare.trimEnd()
  return trimmed + tail + (open.length > MOST_CLOSED ? '' : open.reverse().join(''))
}

// Where a formula stands within a line. `$` is first of all a currency sign, so it follows Pandoc's rule: no space inside
// the dollars, no digit after them; and because prices and shell variables are more common here than in papers, no
// letter or digit touches them from outside either. `\(…\)`, `\[…\]` and `$$…$$` are never anything else.

export interface FoundFormula {
  raw: string
  tex: string
  display: boolean
}

/** Longer is a stray marker rather than a formula. */
const LONGEST = 4000
const DOLLAR = /^\$(?![\s$])((?:\\[^]|[^\\$\n]|\n(?!\s*\n))*?[^\s\\$]|(?:\\[^])+|[^\s\\$])\$(?![\p{L}\p{N}$])/u
const DISPLAY = /^\$\$(?!\$)((?:\\[^]|[^\\$]|\$(?!\$))+?)\$\$/
const PAREN = /^\\\(([^]+?)\\\)/
const BRACKET = /^\\\[([^]+?)\\\]/
const WORD_END = /[\p{L}\p{N}$\\]$/u

/** The formula at the start of `text`, of which `before` is the character before it. */
export function formulaAt(text: string, before: string): FoundFormula | null {
  const near = text.slice(0, LONGEST)
  if (near.startsWith('\\(')) return found(PAREN.exec(near), false)
  if (near.startsWith('\\[')) return found(BRACKET.exec(near), true)
  if (near.startsWith('$$')) return found(DISPLAY.exec(near), true)
  if (WORD_END.test(before)) return null
  return found(DOLLAR.exec(near), false)
}

function found(match: RegExpExecArray | null, display: boolean): FoundFormula | null {
  const tex = match?.[1]?.trim()
  return match && tex ? { raw: match[0], tex, display } : null
}

/** Where the next formula could begin. */
export function maybeFormula(text: string): number {
  return text.search(/\$|\\[([]/)
}

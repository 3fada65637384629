// Link reference definitions, `[label]: address "title"`: taken from the start of a paragraph when it ends.

import type { Links } from 'marked'

const LABEL = /^ {0,3}\[((?:[^\\[\]]|\\[^])+)\]:[ \t]*\n?[ \t]*/
const ADDRESS = /^(?:<((?:[^<>\n\\]|\\.)*)>|([^\s<]\S*))/
const TITLE =
  /^(?:[ \t]+|[ \t]*\n[ \t]*)(?:"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|\(((?:[^()\\]|\\[^])*)\))[ \t]*(?:\n|$)/
const LINE_END = /^[ \t]*(?:\n|$)/
const ESCAPE = /\\([!-/:-@[-`{-~])/g
const LONGEST_LABEL = 999

/** Two labels are the same reference if this is equal. Folded both ways, so that `ẞ` and `SS` meet. */
export function normalLabel(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase().toLowerCase()
}

/** Where a reference to a footnote leads: nowhere on the web. */
export const NOTE = 'note:'

export interface Definition {
  label: string
  link: Links[string]
  length: number
}

export function readDefinition(text: string): Definition | null {
  const label = LABEL.exec(text)
  if (!label?.[1]?.trim() || label[1].startsWith('^') || label[1].length > LONGEST_LABEL) return null
  const address = ADDRESS.exec(text.slice(label[0].length))
  if (!address) return null
  let length = label[0].length + address[0].length
  let title = TITLE.exec(text.slice(length))
  if (title?.[0] && /\n[ \t]*\n/.test(title[0])) title = null
  const end = title ?? LINE_END.exec(text.slice(length))
  if (!end) return null
  length += end[0].length
  const said = title && (title[1] ?? title[2] ?? title[3])
  return {
    label: normalLabel(label[1]),
    link: { href: unescape(address[1] ?? address[2] ?? ''), title: said == null ? null : unescape(said) },
    length,
  }
}

/** The definitions at the start of a paragraph, and what is left of it. */
export function takeDefinitions(text: string): { definitions: Definition[]; rest: string } {
  const definitions: Definition[] = []
  let rest = text
  while (/^ {0,3}\[/.test(rest)) {
    const found = readDefinition(rest)
    if (!found) break
    definitions.push(found)
    rest = rest.slice(found.length)
  }
  return { definitions, rest }
}

function unescape(text: string): string {
  return text.replace(ESCAPE, '$1')
}

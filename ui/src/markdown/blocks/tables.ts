// Rows of GFM tables: how a line is cut into cells, and which lines are a delimiter row.

import type { Align } from './tree'

const DELIMITER_ROW = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/

/** Cuts at every pipe that is not escaped; a pipe at either end only frames the row. */
export function cells(line: string): string[] {
  const row = line.trim()
  const found: string[] = []
  let cell = ''
  for (let at = row.startsWith('|') ? 1 : 0; at < row.length; at++) {
    const character = row.charAt(at)
    if (character === '\\' && row[at + 1] === '|') {
      cell += '|'
      at++
    } else if (character === '\\' && at + 1 < row.length) {
      cell += character + row.charAt(++at)
    } else if (character === '|') {
      found.push(cell.trim())
      cell = ''
    } else {
      cell += character
    }
  }
  if (cell.trim() || !row.endsWith('|')) found.push(cell.trim())
  return found
}

/** The alignments that a delimiter row tells, or null if the line is none. Without a pipe it underlines a heading. */
export function delimiterRow(line: string): Align[] | null {
  if (!line.includes('|') || !DELIMITER_ROW.test(line)) return null
  return cells(line).map((cell) => {
    const left = cell.startsWith(':')
    const right = cell.endsWith(':')
    return left && right ? 'center' : right ? 'right' : left ? 'left' : null
  })
}

/** A row has as many cells as the head: what is missing is empty, what is too much is dropped, as GFM says. */
export function fitted(row: string[], width: number): string[] {
  return Array.from({ length: width }, (_, column) => row[column] ?? '')
}

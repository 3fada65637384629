// Markdown as it is said aloud: words without their marks, and code as the mention of it.

const FENCE = /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n\1[ \t]*(?=\n|$)|$)/gm

/** What a screen reader should read of a piece of Markdown; `code` stands for a whole code block. */
export function spoken(markdown: string, code: string): string {
  return markdown
    .replace(FENCE, code)
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s{0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+/gm, '')
    .replace(/^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*$/gm, '')
    .replace(/^[ \t]*\||\|[ \t]*$/gm, '')
    .replace(/[ \t]*\|[ \t]*/g, ', ')
    .replace(/(\*\*|__|~~|`)(.+?)\1/g, '$2')
    .replace(/(?<![\w*])\*(?!\s)([^*\n]+)\*/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Words by the rules of the language, so that Chinese and Thai count too. */
export function countWords(text: string, locale?: string): number {
  let words = 0
  for (const part of new Intl.Segmenter(locale, { granularity: 'word' }).segment(text)) if (part.isWordLike) words++
  return words
}

/**
 * Where the last sentence that is certainly over ends: one more has begun after it, or its line has ended.
 * Inside an open code fence nothing is over until the fence is.
 */
export function endOfSentences(text: string, from: number, locale?: string): number {
  const fence = openFence(text, from)
  const readable = fence === -1 ? text.slice(from) : text.slice(from, fence)
  let end = 0
  let previous = 0
  for (const part of new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(readable)) {
    end = previous
    previous = part.index + part.segment.length
  }
  const line = readable.lastIndexOf('\n') + 1
  return from + (fence === -1 ? Math.max(end, line) : readable.length)
}

/** Where an unfinished code fence opens, or -1. */
function openFence(text: string, from: number): number {
  let open = -1
  let mark = ''
  for (const line of text.slice(from).matchAll(/^(`{3,}|~{3,})/gm)) {
    const fence = line[1] ?? ''
    if (open === -1) {
      open = from + line.index
      mark = fence
    } else if (fence.startsWith(mark)) open = -1
  }
  return open
}

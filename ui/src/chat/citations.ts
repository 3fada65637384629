// Where an answer got its facts: one list of sources out of the several forms in which vendors tell them.
import type { Citation } from '@/domain'

/** The sources named beside an answer, each once. A list that the text counts by (`[1]`) keeps its order. */
export function citationsIn(extras: Record<string, unknown>): Citation[] {
  const found = new Map<string, Citation>()
  for (const key of ['citations', 'search_results', 'annotations'])
    for (const entry of list(extras[key])) {
      const citation = citationFrom(entry)
      if (citation) merge(found, citation)
    }
  return [...found.values()]
}

function citationFrom(entry: unknown): Citation | null {
  if (typeof entry === 'string') return sourceAt(entry, {})
  if (typeof entry !== 'object' || entry === null) return null
  const outer = entry as Record<string, unknown>
  // OpenAI nests what it says of a source; others tell it flat.
  const nested = outer['url_citation']
  const source = typeof nested === 'object' && nested !== null ? (nested as Record<string, unknown>) : outer
  return sourceAt(text(source['url']) || text(source['uri']), source)
}

function sourceAt(address: string, { title, snippet, content }: Record<string, unknown>): Citation | null {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return null
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  const words = text(snippet) || text(content)
  return { url: url.href, title: text(title) || url.hostname, ...(words ? { snippet: words } : {}) }
}

/** The same page told twice is one source, with the better of both titles. */
function merge(found: Map<string, Citation>, citation: Citation): void {
  const url = new URL(citation.url)
  const key = url.href.slice(0, url.href.length - url.hash.length).replace(/\/$/, '')
  const known = found.get(key)
  if (!known) return void found.set(key, citation)
  const snippet = known.snippet ?? citation.snippet
  const title = known.title === url.hostname ? citation.title : known.title
  found.set(key, { ...known, title, ...(snippet ? { snippet } : {}) })
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

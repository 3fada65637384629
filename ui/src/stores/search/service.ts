// Fills the search with what is stored, newest threads first, and keeps it true to what tabs tell of changes.
import type { MessageId, ThreadId } from '@/domain'
import type { Backend } from '@/stores/backend/backend'
import type { MessageRecord, ThreadRecord } from '@/stores/backend/records'
import type { TabEvent } from '@/stores/tabs'
import { SearchEngine, type MessageDoc, type SearchOptions, type SearchResults } from './engine'

export interface SearchService {
  /** Reads everything, once. */
  load(): Promise<void>
  /** Tells results as soon as some texts are there, and finally once with `done`. A newer search ends an older one. */
  search(query: string, options: SearchOptions, tell: (results: SearchResults) => void): Promise<void>
  cancel(): void
  /** An event of some tab. */
  heed(event: TabEvent): Promise<void>
}

/** Threads read in one transaction. */
const BATCH = 20
/** Messages read before the first partial results of a search that came meanwhile; then each time twice as many. */
const PARTIAL = 4000

export function createSearchService(backend: Backend, giveWay: () => Promise<void>): SearchService {
  const engine = new SearchEngine()
  let loading: Promise<void> | undefined
  let loaded = false
  let latest = 0
  let onProgress: (() => Promise<void>) | null = null

  async function load(): Promise<void> {
    const threads = await backend.run(['threads'], 'readonly', (unit) => unit.all('threads'))
    threads.sort((a, b) => b.updatedAt - a.updatedAt)
    let tellAt = PARTIAL
    for (let at = 0; at < threads.length; at += BATCH) {
      await loadThreads(threads.slice(at, at + BATCH))
      if (engine.size < tellAt) continue
      tellAt = engine.size * 2
      await onProgress?.()
    }
    engine.prepare()
    loaded = true
  }

  async function loadThreads(threads: ThreadRecord[]): Promise<void> {
    const messages = await backend.run(['messages'], 'readonly', (unit) =>
      Promise.all(threads.map((thread) => unit.messages(thread.id))),
    )
    for (const thread of threads) engine.putThread(thread)
    for (const message of messages.flat()) engine.putMessage(docOf(message))
  }

  const loadOnce = () => (loading ??= load())

  async function readTexts(ids: MessageId[]): Promise<Map<MessageId, string>> {
    const records = await backend.run(['messages'], 'readonly', (unit) =>
      Promise.all(ids.map((id) => unit.get('messages', id))),
    )
    return new Map(records.filter((record) => record !== undefined).map((record) => [record.id, record.content]))
  }

  async function search(query: string, options: SearchOptions, tell: (results: SearchResults) => void): Promise<void> {
    const mine = ++latest
    const wanted = async () => {
      await giveWay()
      return mine === latest
    }
    const run = async (done: boolean) => {
      const results = await engine.search(query, options, readTexts, wanted)
      if (results && mine === latest) tell({ ...results, done })
    }
    if (!loaded) {
      onProgress = () => (mine === latest ? run(false) : Promise.resolve())
      await loadOnce()
    }
    if (mine === latest) await run(true)
  }

  async function heed(event: TabEvent): Promise<void> {
    if (!loading) return
    if (event.kind === 'threads-changed') return reload()
    if (event.kind === 'thread-changed') await heedThread(event.threadId, event.removed)
    if (event.kind === 'message-changed') {
      if (event.removed) engine.removeMessage(event.threadId, event.messageId)
      else await heedMessage(event.messageId)
    }
  }

  async function reload(): Promise<void> {
    await loading
    engine.clear()
    loaded = false
    loading = load()
    await loading
  }

  async function heedThread(id: ThreadId, removed = false): Promise<void> {
    const thread = removed ? undefined : await backend.run(['threads'], 'readonly', (unit) => unit.get('threads', id))
    if (!thread) engine.removeThread(id)
    // One that is new here, or came back by undo, comes with all its messages.
    else if (engine.hasThread(id)) engine.putThread(thread)
    else await loadThreads([thread])
  }

  async function heedMessage(id: MessageId): Promise<void> {
    const record = await backend.run(['messages'], 'readonly', (unit) => unit.get('messages', id))
    if (record) engine.putMessage(docOf(record))
  }

  return { load: loadOnce, search, heed, cancel: () => void latest++ }
}

function docOf({ id, threadId, parentId, seq, role, createdAt, content }: MessageRecord): MessageDoc {
  return { id, threadId, parentId, seq, role, at: createdAt, text: content }
}

// The texts of all threads, folded, in memory, and the scan over them: 50,000 messages take tens of milliseconds, so no
// index of words is built, and any part of a word in any script is found. Runs in a worker; knows nothing of storage.
import type { MessageId, MessageRole, ThreadId } from '@/domain'
import { MessageTree } from '@/stores/tree'
import { fold, matches, snippetOf, termsOf, type Snippet } from './text'

export interface SearchHit {
  threadId: ThreadId
  title: string
  /** Null: the title matches. */
  messageId: MessageId | null
  /** The newest end of a branch that holds the message. */
  leafId: MessageId | null
  role: MessageRole | null
  /** When the message was made, or the thread last changed. */
  at: number
  snippet: Snippet
}

export interface SearchResults {
  /** Titles first, then messages, each newest first. */
  hits: SearchHit[]
  /** How many there are in all, as far as was looked. */
  total: number
  /** Everything was looked at. */
  done: boolean
}

export interface SearchOptions {
  limit: number
  /** Only within this thread. */
  threadId?: ThreadId
}

export interface ThreadDoc {
  id: ThreadId
  title: string
  updatedAt: number
}

export interface MessageDoc {
  id: MessageId
  threadId: ThreadId
  parentId: MessageId | null
  seq: number
  role: MessageRole
  at: number
  text: string
}

type Entry = Omit<MessageDoc, 'text'> & { folded: string }

/** Gives the texts of messages as they are, for the snippets of the few that are shown. */
export type ReadTexts = (ids: MessageId[]) => Promise<Map<MessageId, string>>

/** Resolves to false when the search is no longer wanted; gives way to other work meanwhile. */
export type Pause = () => Promise<boolean>

/** Entries looked at between two pauses: about 5 ms. */
const SLICE = 4000

export class SearchEngine {
  private readonly threads = new Map<ThreadId, ThreadDoc & { folded: string }>()
  private readonly entries = new Map<MessageId, Entry>()
  private readonly idsByThread = new Map<ThreadId, Set<MessageId>>()
  private newestFirst: Entry[] | null = null

  putThread(thread: ThreadDoc): void {
    this.threads.set(thread.id, { ...thread, folded: fold(thread.title) })
  }

  putMessage({ text, ...rest }: MessageDoc): void {
    const known = this.entries.get(rest.id)
    const entry: Entry = { ...rest, folded: fold(text) }
    this.entries.set(rest.id, entry)
    const ids = this.idsByThread.get(rest.threadId)
    if (ids) ids.add(rest.id)
    else this.idsByThread.set(rest.threadId, new Set([rest.id]))
    if (known) this.newestFirst = null
    else if (this.newestFirst && (this.newestFirst[0]?.at ?? 0) <= entry.at) this.newestFirst.unshift(entry)
    else this.newestFirst = null
  }

  removeThread(id: ThreadId): void {
    this.threads.delete(id)
    for (const messageId of this.idsByThread.get(id) ?? []) this.entries.delete(messageId)
    this.idsByThread.delete(id)
    this.newestFirst = null
  }

  /** With all that follows it. */
  removeMessage(threadId: ThreadId, id: MessageId): void {
    for (const each of this.treeOf(threadId).subtree(id)) {
      this.entries.delete(each)
      this.idsByThread.get(threadId)?.delete(each)
    }
    this.newestFirst = null
  }

  clear(): void {
    this.threads.clear()
    this.entries.clear()
    this.idsByThread.clear()
    this.newestFirst = null
  }

  hasThread(id: ThreadId): boolean {
    return this.threads.has(id)
  }

  get size(): number {
    return this.entries.size
  }

  /** Does now what the first search would have to wait for. */
  prepare(): void {
    this.sorted()
  }

  /** Null when it was no longer wanted. */
  async search(query: string, options: SearchOptions, read: ReadTexts, pause: Pause): Promise<SearchResults | null> {
    const terms = termsOf(query)
    const titles = this.matchingTitles(terms, options)
    const found: Entry[] = []
    const entries = this.sorted()
    for (let i = 0; i < entries.length && terms.length > 0; i++) {
      const entry = entries[i]!
      if (i % SLICE === SLICE - 1 && !(await pause())) return null
      if (options.threadId !== undefined && entry.threadId !== options.threadId) continue
      if (matches(entry.folded, terms)) found.push(entry)
    }
    const shown = found.slice(0, Math.max(0, options.limit - titles.length))
    const texts = await read(shown.map((entry) => entry.id))
    const hits = [...titles.slice(0, options.limit), ...this.hitsOf(shown, texts, terms)]
    return { hits, total: titles.length + found.length, done: true }
  }

  private matchingTitles(terms: string[], { threadId }: SearchOptions): SearchHit[] {
    if (threadId !== undefined) return []
    return [...this.threads.values()]
      .filter((thread) => matches(thread.folded, terms))
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .map(({ id, title, updatedAt }) => ({
        threadId: id,
        title,
        messageId: null,
        leafId: null,
        role: null,
        at: updatedAt,
        snippet: snippetOf(title, terms),
      }))
  }

  private hitsOf(entries: Entry[], texts: Map<MessageId, string>, terms: string[]): SearchHit[] {
    const trees = new Map<ThreadId, MessageTree>()
    return entries.flatMap(({ id, threadId, role, at }) => {
      const text = texts.get(id)
      if (text === undefined) return []
      const tree = trees.get(threadId) ?? this.treeOf(threadId)
      trees.set(threadId, tree)
      const title = this.threads.get(threadId)?.title ?? ''
      return [
        { threadId, title, messageId: id, leafId: tree.newestLeaf(id), role, at, snippet: snippetOf(text, terms) },
      ]
    })
  }

  private treeOf(threadId: ThreadId): MessageTree {
    const entries = [...(this.idsByThread.get(threadId) ?? [])].map((id) => this.entries.get(id)!)
    return new MessageTree(entries.sort((a, b) => a.seq - b.seq))
  }

  private sorted(): Entry[] {
    this.newestFirst ??= [...this.entries.values()].sort((a, b) => b.at - a.at || b.seq - a.seq)
    return this.newestFirst
  }
}

// What a reader of a file finds, and small checks for data of unknown shape: an export can hold anything.
import type { Conversation } from './conversation'

export type Format = 'own' | 'llmspy' | 'open-webui' | 'librechat' | 'chatgpt' | 'llama-cpp'

/** Something of a conversation that the file does not hold or that has no place here. */
export interface Loss {
  threadId: string
  title: string
  kind: 'file' | 'part'
  name: string
}

export interface Skip {
  id: string
  title: string
  reason: 'exists' | 'empty' | 'unreadable'
  detail?: string
}

export type Found = { conversation: Conversation; losses: Loss[] } | { skip: Skip }

export class ImportError extends Error {
  override name = 'ImportError'
  constructor(
    readonly reason: 'unknown-format' | 'not-json',
    message: string,
  ) {
    super(message)
  }
}

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Reads each entry by itself: one that cannot be read is told, and the others come through. */
export function readEach(entries: Json[], idOf: (entry: Json) => string, read: (entry: Json) => Found): Found[] {
  return entries.map((entry) => {
    try {
      return read(entry)
    } catch (error) {
      const title = text(entry['title']) || text(entry['name'])
      return { skip: { id: idOf(entry), title, reason: 'unreadable', detail: String(error) } }
    }
  })
}

/** A conversation, or word that it is empty. */
export function foundOrEmpty(conversation: Conversation, losses: Loss[]): Found {
  const { id, title } = conversation.thread
  return conversation.messages.length === 0 ? { skip: { id, title, reason: 'empty' } } : { conversation, losses }
}

/** The same for the same texts: an id for what comes without one, so that it is known when it comes again. */
export function derivedId(...parts: unknown[]): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(JSON.stringify(parts)))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return `import-${hash.toString(16).padStart(16, '0')}`
}

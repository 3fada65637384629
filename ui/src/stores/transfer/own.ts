// This program's own export: one JSON document of which each line between the first and the last is one record, so that it
// can be written and read line by line, whatever its size. A thread comes first, then its blobs, then its messages.
import type { Prompt, RequestLog } from '@/domain'
import type { BlobRecord, MessageRecord, ThreadRecord } from '@/stores/backend/records'
import { buildConversation, type Conversation } from './conversation'

export const OWN_FORMAT = 'llms-threads'
export const OWN_VERSION = 1

export interface OwnHeader {
  format: typeof OWN_FORMAT
  version: number
  exportedAt: string
  threadCount: number
}

export type OwnRecord =
  | { thread: ThreadRecord }
  | { blob: Omit<BlobRecord, 'blob'> & { base64: string } }
  | { message: MessageRecord }
  | { request: RequestLog }
  | { prompt: Prompt }

/** What `readOwn` gives: a conversation when all of it was read, the other records one by one. */
export type OwnFound = { conversation: Conversation } | { request: RequestLog } | { prompt: Prompt }

export class OwnWriter {
  private parts: Blob[] = []
  private lines: string[]
  private size = 0
  private first = true

  constructor(header: OwnHeader) {
    this.lines = [`${JSON.stringify(header).slice(0, -1)},"records":[`]
  }

  add(record: OwnRecord): void {
    const line = JSON.stringify(record)
    this.lines.push(this.first ? line : `,${line}`)
    this.first = false
    this.size += line.length
    // Blobs of a browser may lie on the disk: what is written need not stay in memory.
    if (this.size > 4_000_000) this.pack()
  }

  private pack(): void {
    this.parts.push(new Blob([this.lines.join('\n'), '\n']))
    this.lines = []
    this.size = 0
  }

  finish(): Blob {
    this.lines.push(']}\n')
    this.pack()
    return new Blob(this.parts, { type: 'application/json' })
  }
}

export async function encodeBlob(record: BlobRecord): Promise<OwnRecord> {
  const { blob, ...rest } = record
  return { blob: { ...rest, base64: toBase64(new Uint8Array(await blob.arrayBuffer())) } }
}

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}

function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}

/** The header, or null where the file is another one. */
export async function readOwnHeader(file: Blob): Promise<OwnHeader | null> {
  const start = await file.slice(0, 1000).text()
  const line = start.split('\n', 1)[0]!.trim()
  if (!line.startsWith(`{"format":"${OWN_FORMAT}"`) || !line.endsWith(',"records":[')) return null
  return JSON.parse(`${line}]}`) as OwnHeader
}

export async function* readOwn(file: Blob): AsyncGenerator<OwnFound> {
  let current: { thread: ThreadRecord; messages: MessageRecord[]; blobs: BlobRecord[] } | null = null
  let ended = false
  for await (const line of linesOf(file)) {
    if (line === ']}') ended = true
    if (!line.startsWith('{') || line.startsWith(`{"format"`)) continue
    const record = JSON.parse(line) as OwnRecord
    if ('thread' in record) {
      if (current) yield { conversation: rebuild(current) }
      current = { thread: record.thread, messages: [], blobs: [] }
    } else if ('message' in record) current?.messages.push(record.message)
    else if ('blob' in record) current?.blobs.push(decodeBlob(record.blob))
    else yield record
  }
  if (current) yield { conversation: rebuild(current) }
  if (!ended) throw new Error('the file is cut off')
}

function decodeBlob({ base64, ...rest }: Extract<OwnRecord, { blob: unknown }>['blob']): BlobRecord {
  return { ...rest, blob: new Blob([fromBase64(base64)], { type: rest.type }) }
}

/** Counts and places anew: a file may have been edited by hand. */
function rebuild({ thread, messages, blobs }: Conversation): Conversation {
  const ordered = [...messages].sort((a, b) => a.seq - b.seq)
  const { leafId, ...rest } = thread
  return buildConversation(rest, ordered, blobs, leafId)
}

async function* linesOf(file: Blob): AsyncGenerator<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader()
  let rest: string[] = []
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const pieces = read.value.split('\n')
    const last = pieces.pop()!
    for (const piece of pieces) {
      yield trim(rest.join('') + piece)
      rest = []
    }
    rest.push(last)
  }
  yield trim(rest.join(''))
}

function trim(line: string): string {
  return line.replace(/^,/, '').trimEnd()
}

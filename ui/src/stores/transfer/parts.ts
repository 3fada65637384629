// Message content as the chat completions API writes it, a text or a list of parts, into text and attachments.
import type { Attachment } from '@/domain'
import { attachmentOf, kindOf } from '@/stores/attachments'
import type { BlobRecord } from '@/stores/backend/records'
import { blobRecord, decodeDataUrl } from './conversation'

export interface ReadContent {
  text: string
  attachments: Attachment[]
  blobs: BlobRecord[]
}

const EXTENSIONS: Record<string, string> = {
  'image/jpeg': 'jpg',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'text/plain': 'txt',
}

function fileName(type: string, position: number): string {
  return `${kindOf(type)}-${position}.${EXTENSIONS[type] ?? (type.split('/')[1] ?? 'bin').split(/[+;]/)[0]}`
}

/** Reads any content; an address that is no data stays in the text as a link, so that nothing is lost. */
export function readContent(content: unknown, at: number): ReadContent {
  const read: ReadContent = { text: '', attachments: [], blobs: [] }
  if (typeof content === 'string') read.text = content
  else if (Array.isArray(content)) for (const part of content) readPart(part, read, at)
  return read
}

function readPart(part: unknown, into: ReadContent, at: number): void {
  if (typeof part === 'string') return addText(into, part)
  if (typeof part !== 'object' || part === null) return
  const { text, image_url, input_audio, file } = part as Record<string, unknown>
  if (typeof text === 'string') addText(into, text)
  else if (image_url) addFile(into, urlOf(image_url), undefined, at)
  else if (input_audio) {
    const { data, format } = input_audio as { data?: string; format?: string }
    addFile(into, asDataUrl(data ?? '', `audio/${format === 'mp3' ? 'mpeg' : (format ?? 'wav')}`), undefined, at)
  } else if (file) {
    const { file_data, filename } = file as { file_data?: string; filename?: string }
    addFile(into, file_data ?? '', filename, at)
  }
}

function urlOf(image: unknown): string {
  return typeof image === 'string' ? image : ((image as { url?: string }).url ?? '')
}

function asDataUrl(data: string, type: string): string {
  return /^(data|https?):/.test(data) ? data : `data:${type};base64,${data}`
}

function addText(into: ReadContent, text: string): void {
  into.text = into.text ? `${into.text}\n\n${text}` : text
}

function addFile(into: ReadContent, url: string, name: string | undefined, at: number): void {
  const attached = attachDataUrl(url, name, into.attachments.length + 1, at)
  if (!attached) {
    if (url) addText(into, name ? `[${name}](${url})` : `<${url}>`)
    return
  }
  into.attachments.push(attached.attachment)
  into.blobs.push(attached.blob)
}

export function attachDataUrl(
  url: string,
  name: string | undefined,
  position: number,
  at: number,
): { attachment: Attachment; blob: BlobRecord } | null {
  const data = decodeDataUrl(url)
  if (!data) return null
  const blob = blobRecord(data.bytes, data.type, name ?? fileName(data.type, position), at)
  return { attachment: attachmentOf(blob), blob }
}

/** Splits `<think>…</think>` at the start of an answer from what was said. */
export function splitThinking(text: string): { reasoning?: string; content: string } {
  const found = /^\s*<think(?:ing)?>([\s\S]*?)<\/think(?:ing)?>\s*/.exec(text)
  return found ? { reasoning: found[1]!.trim(), content: text.slice(found[0].length) } : { content: text }
}

// Small things that tests of the chat are made of.
import { Blob as NodeBlob } from 'node:buffer'
import type { Attachment, Message, ModelInfo } from '@/domain'
import { modelFrom } from '@/stores/models'

export function model(id: string, raw: Record<string, unknown> = {}): ModelInfo {
  return modelFrom({ id, ...raw })
}

let made = 0

export function message(of: Partial<Message> & Pick<Message, 'role'>): Message {
  made += 1
  return {
    id: `m${made}`,
    threadId: 't',
    seq: made,
    parentId: null,
    content: '',
    createdAt: 0,
    status: 'complete',
    attachments: [],
    ...of,
  }
}

export const prompt = (content: string, more: Partial<Message> = {}) => message({ role: 'user', content, ...more })
export const answer = (content: string, more: Partial<Message> = {}) => message({ role: 'assistant', content, ...more })

export function attachment(kind: Attachment['kind'], name: string, type: string, blobId = name): Attachment {
  return { blobId, name, type, size: 10, kind }
}

/** Blobs by id, as the store of blobs gives and takes them. */
export class Shelf {
  readonly blobs = new Map<string, Blob>()
  readonly get = async (id: string) => this.blobs.get(id) ?? null
  readonly put = async (blob: Blob, { name }: { name: string }): Promise<Attachment> => {
    const blobId = `blob-${this.blobs.size + 1}`
    this.blobs.set(blobId, blob)
    return { ...attachment('image', name, blob.type, blobId), size: blob.size }
  }
}

export function bytesOf(blob: Blob): Promise<number[]> {
  return new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve([...new Uint8Array(reader.result as ArrayBuffer)])
    reader.readAsArrayBuffer(blob)
  })
}

/** A blob that can be read as text, which those of the simulated browser cannot. */
export function textBlob(text: string): Blob {
  return new NodeBlob([text], { type: 'text/plain' }) as unknown as Blob
}

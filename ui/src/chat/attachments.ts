// Files given with a prompt, as the parts of a request that they become.
import { GatewayError } from '@/api/errors'
import type { ContentPart } from '@/api/wire'
import type { Attachment, BlobId } from '@/domain'
import { t } from '@/i18n'

export type ReadBlob = (id: BlobId) => Promise<Blob | undefined | null>

/** The format of a sound as the API names it, by media type. */
const AUDIO_FORMATS: Record<string, string> = {
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
}

/** What is sent for the files, in their order. Rejects where one of them is no longer there. */
export async function partsOf(attachments: readonly Attachment[], read: ReadBlob): Promise<ContentPart[]> {
  return Promise.all(
    attachments.map(async (attachment) => {
      const blob = await read(attachment.blobId)
      if (!blob) throw lost(attachment)
      return partOf(attachment, blob)
    }),
  )
}

function lost({ name }: Attachment): GatewayError {
  return new GatewayError({ code: 'attachment_lost', message: t('errors.lost_file', { name }) })
}

async function partOf({ kind, name, type }: Attachment, blob: Blob): Promise<ContentPart> {
  switch (kind) {
    case 'text':
      return { type: 'text', text: `File: ${name}\n\n${await blob.text()}` }
    case 'image':
      return imagePart(blob, type)
    case 'audio': {
      const url = await dataUrl(blob, type)
      return { type: 'input_audio', input_audio: { data: url.slice(url.indexOf(',') + 1), format: audioFormat(type) } }
    }
    case 'pdf':
    case 'file':
      return { type: 'file', file: { filename: name, file_data: await dataUrl(blob, type) } }
  }
}

export async function imagePart(blob: Blob, type = blob.type): Promise<ContentPart> {
  return { type: 'image_url', image_url: { url: await dataUrl(blob, type) } }
}

function audioFormat(type: string): string {
  const bare = type.split(';', 1)[0]!.trim().toLowerCase()
  return AUDIO_FORMATS[bare] ?? bare.replace(/^audio\/(x-)?/, '')
}

/** The bytes as a data URL of this type. The browser's own reader makes it off the main thread. */
export async function dataUrl(blob: Blob, type: string): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as string)
    reader.onerror = () => reject(reader.error ?? new Error('the file cannot be read'))
    reader.readAsDataURL(blob)
  })
  return `data:${type || blob.type || 'application/octet-stream'};base64,${url.slice(url.indexOf(',') + 1)}`
}

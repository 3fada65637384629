// What a stored file is as an attachment of a message.
import type { Attachment } from '@/domain'
import type { BlobRecord } from './backend/records'

export function kindOf(type: string): Attachment['kind'] {
  if (type.startsWith('image/')) return 'image'
  if (type.startsWith('audio/')) return 'audio'
  if (type === 'application/pdf') return 'pdf'
  return type.startsWith('text/') ? 'text' : 'file'
}

export function attachmentOf(blob: BlobRecord): Attachment {
  return { blobId: blob.id, name: blob.name, type: blob.type, size: blob.size, kind: kindOf(blob.type) }
}

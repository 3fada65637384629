// Pictures and sound out of answers, as blobs. Sound may come as bare samples, which no player takes without a header.

const SAMPLE_RATE = 24_000
const WAV_HEADER_BYTES = 44

export interface FoundImages {
  blobs: Blob[]
  /** Those that are named by address only. */
  addresses: string[]
}

/** The pictures among what came beside an answer. */
export function imagesIn(extras: Record<string, unknown>): FoundImages {
  const found: FoundImages = { blobs: [], addresses: [] }
  const images = Array.isArray(extras['images']) ? extras['images'] : []
  for (const image of images as ({ image_url?: { url?: unknown } } | null)[]) {
    const url = image?.image_url?.url
    if (typeof url !== 'string') continue
    const blob = blobFromDataUrl(url)
    if (blob?.type.startsWith('image/')) found.blobs.push(blob)
    else if (/^https?:\/\//i.test(url)) found.addresses.push(url)
  }
  return found
}

/** Null for what is not a data URL, or a broken one. */
export function blobFromDataUrl(url: string): Blob | null {
  const [, type = '', base64, data = ''] = /^data:([^,;]*)(?:;[^,;]*?)*?(;base64)?,(.*)$/is.exec(url) ?? []
  if (!type) return null
  try {
    return new Blob([base64 ? bytesOf(data) : decodeURIComponent(data)], { type: type.toLowerCase() })
  } catch {
    return null
  }
}

/** Sound from pieces of base64, each complete in itself. Null where there is none, or it cannot be read. */
export function audioFrom(pieces: readonly string[]): Blob | null {
  let bytes: Uint8Array<ArrayBuffer>[]
  try {
    bytes = pieces.map(bytesOf).filter((piece) => piece.length > 0)
  } catch {
    return null
  }
  if (!bytes.length) return null
  const type = audioType(bytes[0]!)
  return type ? new Blob(bytes, { type }) : new Blob([wavHeader(bytes), ...bytes], { type: 'audio/wav' })
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

/** The kind of a sound by its first bytes; empty for bare samples. */
function audioType(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 4))
  if (start === 'RIFF') return 'audio/wav'
  if (start === 'OggS') return 'audio/ogg'
  if (start === 'fLaC') return 'audio/flac'
  const frame = bytes.length > 1 && bytes[0] === 0xff && [0xfb, 0xf3, 0xf2].includes(bytes[1]!)
  return start.startsWith('ID3') || frame ? 'audio/mpeg' : ''
}

/** The header of a WAV file for samples of 16 bits, one channel. */
function wavHeader(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const header = new DataView(new ArrayBuffer(WAV_HEADER_BYTES))
  const put = (at: number, text: string) => [...text].forEach((char, i) => header.setUint8(at + i, char.charCodeAt(0)))
  put(0, 'RIFF')
  header.setUint32(4, WAV_HEADER_BYTES - 8 + size, true)
  put(8, 'WAVEfmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, 1, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, SAMPLE_RATE, true)
  header.setUint32(28, SAMPLE_RATE * 2, true)
  header.setUint16(32, 2, true)
  header.setUint16(34, 16, true)
  put(36, 'data')
  header.setUint32(40, size, true)
  return new Uint8Array(header.buffer)
}

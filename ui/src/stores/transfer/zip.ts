// Reads the entries of a ZIP archive that match, for exports that come as archives. Stored and deflated entries only.

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const END_LENGTH = 22
const MAX_COMMENT = 0xffff

export async function isZip(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 0x03 && start[3] === 0x04
}

/** The matching entries as texts, by name. */
export async function unzip(file: Blob, wanted: (name: string) => boolean): Promise<{ name: string; text: string }[]> {
  const directory = await readDirectory(file)
  const found: { name: string; text: string }[] = []
  for (const entry of directory)
    if (wanted(entry.name)) found.push({ name: entry.name, text: await readEntry(file, entry) })
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

interface Entry {
  name: string
  method: number
  compressedSize: number
  offset: number
}

async function readDirectory(file: Blob): Promise<Entry[]> {
  const tailStart = Math.max(0, file.size - END_LENGTH - MAX_COMMENT)
  const tail = new DataView(await file.slice(tailStart).arrayBuffer())
  let end = tail.byteLength - END_LENGTH
  while (end >= 0 && tail.getUint32(end, true) !== END_OF_DIRECTORY) end--
  if (end < 0) throw new Error('the archive is cut off')
  const [count, size, start] = [
    tail.getUint16(end + 10, true),
    tail.getUint32(end + 12, true),
    tail.getUint32(end + 16, true),
  ]
  const view = new DataView(await file.slice(start, start + size).arrayBuffer())
  const entries: Entry[] = []
  for (let at = 0, i = 0; i < count && view.getUint32(at, true) === DIRECTORY_ENTRY; i++) {
    const lengths = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number]
    entries.push({
      name: new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, lengths[0])),
      method: view.getUint16(at + 10, true),
      compressedSize: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    })
    at += 46 + lengths[0] + lengths[1] + lengths[2]
  }
  return entries
}

async function readEntry(file: Blob, entry: Entry): Promise<string> {
  const header = new DataView(await file.slice(entry.offset, entry.offset + 30).arrayBuffer())
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const data = file.slice(start, start + entry.compressedSize)
  if (entry.method === 0) return data.text()
  if (entry.method !== 8) throw new Error(`${entry.name} is packed in an unknown way`)
  return new Response(data.stream().pipeThrough(new DecompressionStream('deflate-raw'))).text()
}

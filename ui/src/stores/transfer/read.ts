// Any file that can be imported: which format it is, and what is in it.
import { isAncestor, readAncestor } from './ancestor'
import { isChatGpt, readChatGpt } from './chatgpt'
import { isLibreChat, readLibreChat } from './librechat'
import { isLlamaCpp, readLlamaCpp, sessionsOfLines } from './llamaCpp'
import { isOpenWebui, readOpenWebui } from './openWebui'
import { readOwn, readOwnHeader, type OwnFound } from './own'
import { ImportError, type Format, type Found } from './source'
import { isZip, unzip } from './zip'

export type Item = Found | Exclude<OwnFound, { conversation: unknown }>

export interface Source {
  format: Format
  /** Everything in the file, from the start; a large file is read again for each call. */
  items(): AsyncIterable<Item>
}

const FORMATS: { format: Format; is(value: unknown): boolean; read(value: unknown): Found[] }[] = [
  { format: 'llmspy', is: isAncestor, read: readAncestor },
  { format: 'chatgpt', is: isChatGpt, read: readChatGpt },
  { format: 'open-webui', is: isOpenWebui, read: readOpenWebui },
  { format: 'llama-cpp', is: isLlamaCpp, read: readLlamaCpp },
  { format: 'librechat', is: isLibreChat, read: readLibreChat },
]

export async function openSource(file: Blob): Promise<Source> {
  if (await readOwnHeader(file)) return { format: 'own', items: () => ownItems(file) }
  if (await isZip(file)) return openArchive(file)
  return openText(await file.text())
}

async function* ownItems(file: Blob): AsyncGenerator<Item> {
  for await (const found of readOwn(file)) {
    if (!('conversation' in found)) yield found
    else if (found.conversation.messages.length) yield { ...found, losses: [] }
    else {
      const { id, title } = found.conversation.thread
      yield { skip: { id, title, reason: 'empty' } }
    }
  }
}

/** ChatGPT's archive holds `conversations.json`, or several with numbers; that of llama.cpp a file for each conversation. */
async function openArchive(file: Blob): Promise<Source> {
  const entries = await unzip(file, (name) => /(^|\/)(conversations(-\d+)?\.json|[^/]+\.jsonl)$/.test(name))
  const sources = entries.map((entry) => openText(entry.text))
  const first = sources[0]
  if (!first) throw new ImportError('unknown-format', 'no conversations in the archive')
  return {
    format: first.format,
    async *items() {
      for (const source of sources) yield* source.items()
    },
  }
}

function openText(text: string): Source {
  const value = parse(text)
  const known = FORMATS.find(({ is }) => is(value))
  if (!known) throw new ImportError('unknown-format', 'no known export')
  const found = known.read(value)
  return {
    format: known.format,
    async *items() {
      yield* found
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const sessions = tryLines(text)
    if (sessions) return sessions
    throw new ImportError('not-json', error instanceof Error ? error.message : String(error))
  }
}

function tryLines(text: string): unknown {
  try {
    return sessionsOfLines(text)
  } catch {
    return null
  }
}

// Import and export over a backend. Runs in a worker where there is one, so that 100 MB of JSON never stop the page.
import type { Message, Thread, ThreadId } from '@/domain'
import { StorageFullError, type Backend, type Unit } from '@/stores/backend/backend'
import { toMessage, toThread, type BlobRecord, type MessageRecord, type ThreadRecord } from '@/stores/backend/records'
import { MessageTree } from '@/stores/tree'
import { toAncestorThread, type AncestorExport } from './ancestor'
import { withFreshMessageIds, type Conversation } from './conversation'
import { encodeBlob, OWN_FORMAT, OWN_VERSION, OwnWriter, toBase64 } from './own'
import { openSource, type Source } from './read'
import type { Format, Loss, Skip } from './source'

export interface PreviewEntry {
  id: ThreadId
  title: string
  messages: number
  attachments: number
  createdAt: number
  updatedAt: number
}

export interface Preview {
  format: Format
  /** What can be brought in. */
  threads: PreviewEntry[]
  skipped: Skip[]
  losses: Loss[]
  requests: number
  prompts: number
}

export interface ImportReport {
  threads: number
  messages: number
  requests: number
  prompts: number
  skipped: Skip[]
  losses: Loss[]
  /** The storage was full before all was in. */
  full: boolean
}

export type Progress = (done: number) => void

export interface ExportOptions {
  /** All threads without it. */
  threadIds?: ThreadId[]
  /** `llmspy` is the ancestor's format: the shown branch of each thread only. */
  format?: 'own' | 'llmspy'
  /** The log of requests and the prompts too; with the own format only. */
  everything?: boolean
}

export interface TransferService {
  preview(file: Blob): Promise<Preview>
  /** Brings in what was previewed last: the named threads, or all. */
  importThreads(file: Blob, ids: ThreadId[] | null, progress?: Progress): Promise<ImportReport>
  exportThreads(options: ExportOptions, progress?: Progress): Promise<Blob>
}

export function createTransferService(backend: Backend, now: () => number = Date.now): TransferService {
  let opened: { file: Blob; source: Source } | null = null

  async function open(file: Blob): Promise<Source> {
    if (opened?.file !== file) opened = { file, source: await openSource(file) }
    return opened.source
  }

  async function preview(file: Blob): Promise<Preview> {
    opened = null
    const source = await open(file)
    const existing = new Set(await backend.run(['threads'], 'readonly', (unit) => unit.ids('threads')))
    const seen: Preview = { format: source.format, threads: [], skipped: [], losses: [], requests: 0, prompts: 0 }
    for await (const item of source.items()) {
      if ('request' in item) seen.requests++
      else if ('prompt' in item) seen.prompts++
      else if ('skip' in item) seen.skipped.push(item.skip)
      else {
        const { thread, messages, blobs } = item.conversation
        const { id, title, createdAt, updatedAt } = thread
        if (existing.has(id)) seen.skipped.push({ id, title, reason: 'exists' })
        else {
          // The same thread twice in one file is one thread.
          existing.add(id)
          seen.threads.push({ id, title, createdAt, updatedAt, messages: messages.length, attachments: blobs.length })
          seen.losses.push(...item.losses)
        }
      }
    }
    return seen
  }

  async function importThreads(file: Blob, ids: ThreadId[] | null, progress?: Progress): Promise<ImportReport> {
    const wanted = ids && new Set(ids)
    const report: ImportReport = {
      threads: 0,
      messages: 0,
      requests: 0,
      prompts: 0,
      skipped: [],
      losses: [],
      full: false,
    }
    try {
      for await (const item of (await open(file)).items()) {
        if ('request' in item) report.requests += await putNew(backend, 'requests', item.request)
        else if ('prompt' in item) report.prompts += await putNew(backend, 'prompts', item.prompt)
        else if ('skip' in item) report.skipped.push(item.skip)
        else if (!wanted || wanted.has(item.conversation.thread.id)) {
          await importOne(item.conversation, item.losses, report)
          progress?.(report.threads + report.skipped.length)
        }
      }
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error
      report.full = true
    }
    opened = null
    return report
  }

  async function importOne(conversation: Conversation, losses: Loss[], report: ImportReport): Promise<void> {
    const { id, title } = conversation.thread
    const put = await backend.run(['threads', 'messages', 'blobs'], 'readwrite', (unit) =>
      putConversation(unit, conversation),
    )
    if (!put) {
      report.skipped.push({ id, title, reason: 'exists' })
      return
    }
    report.threads++
    report.messages += conversation.messages.length
    report.losses.push(...losses)
  }

  async function exportThreads(options: ExportOptions, progress?: Progress): Promise<Blob> {
    const threads = await backend.run(['threads'], 'readonly', (unit) => unit.all('threads'))
    const wanted = options.threadIds && new Set(options.threadIds)
    const chosen = threads
      .filter((thread) => !wanted || wanted.has(thread.id))
      .sort((a, b) => a.createdAt - b.createdAt)
    if (options.format === 'llmspy') return exportAncestor(chosen, progress)
    const header = { format: OWN_FORMAT, version: OWN_VERSION, exportedAt: new Date(now()).toISOString() } as const
    const writer = new OwnWriter({ ...header, threadCount: chosen.length })
    for (const [done, thread] of chosen.entries()) {
      await exportOne(thread, writer)
      progress?.(done + 1)
    }
    if (options.everything) await exportRest(writer)
    return writer.finish()
  }

  async function exportOne(thread: ThreadRecord, writer: OwnWriter): Promise<void> {
    const { messages, blobs } = await readWhole(backend, thread.id)
    writer.add({ thread })
    for (const blob of blobs) writer.add(await encodeBlob(blob))
    for (const message of messages) writer.add({ message })
  }

  async function exportRest(writer: OwnWriter): Promise<void> {
    const { requests, prompts } = await backend.run(['requests', 'prompts'], 'readonly', async (unit) => ({
      requests: await unit.all('requests'),
      prompts: await unit.all('prompts'),
    }))
    for (const request of requests) writer.add({ request })
    for (const prompt of prompts) writer.add({ prompt })
  }

  async function exportAncestor(threads: ThreadRecord[], progress?: Progress): Promise<Blob> {
    const document: AncestorExport = {
      exportedAt: new Date(now()).toISOString(),
      version: '1.0',
      source: 'llmspy',
      threadCount: threads.length,
      threads: [],
    }
    for (const [done, thread] of threads.entries()) {
      const { messages, blobs } = await readWhole(backend, thread.id)
      const urls = await Promise.all(blobs.map(async (blob) => [blob.id, await dataUrl(blob)] as const))
      document.threads.push(toAncestorThread(toThread(thread), branchOf(thread, messages), new Map(urls)))
      progress?.(done + 1)
    }
    return new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' })
  }

  return { preview, importThreads, exportThreads }
}

async function putNew<S extends 'requests' | 'prompts'>(
  backend: Backend,
  store: S,
  record: Parameters<Unit['put']>[1] & { id: string },
): Promise<number> {
  return backend.run([store], 'readwrite', async (unit) => {
    if (await unit.get(store, record.id)) return 0
    await unit.put(store, record as never)
    return 1
  })
}

/** False where there is such a thread already. */
async function putConversation(unit: Unit, conversation: Conversation): Promise<boolean> {
  if (await unit.get('threads', conversation.thread.id)) return false
  const present = await Promise.all(conversation.messages.map((message) => unit.get('messages', message.id)))
  const taken = new Set(present.flatMap((message) => message?.id ?? []))
  const { thread, messages, blobs } = withFreshMessageIds(conversation, (id) => taken.has(id))
  await Promise.all(blobs.map((blob) => unit.put('blobs', blob)))
  await Promise.all(messages.map((message) => unit.put('messages', message)))
  await unit.put('threads', thread)
  return true
}

async function readWhole(backend: Backend, id: ThreadId): Promise<{ messages: MessageRecord[]; blobs: BlobRecord[] }> {
  return backend.run(['messages', 'blobs'], 'readonly', async (unit) => {
    const messages = await unit.messages(id)
    const ids = [...new Set(messages.flatMap((message) => message.blobIds))]
    const blobs = await Promise.all(ids.map((blobId) => unit.get('blobs', blobId)))
    return { messages, blobs: blobs.filter((blob) => blob !== undefined) }
  })
}

function branchOf(thread: Thread, records: MessageRecord[]): Message[] {
  const shown = new Set(new MessageTree(records).path(thread.leafId))
  return records.filter((record) => shown.has(record.id)).map(toMessage)
}

async function dataUrl({ blob, type }: BlobRecord): Promise<string> {
  return `data:${type};base64,${toBase64(new Uint8Array(await blob.arrayBuffer()))}`
}

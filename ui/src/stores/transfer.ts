// Import and export for the page: the work is done in a worker that lives as long as it is needed.
import type { ThreadId } from '@/domain'
import { trustedWorker } from '@/markdown/workers'
import type { ThreadStore } from './contract'
import { useTabs, type Tabs } from './tabs'
import { useThreadStore } from './threadStore'
import { toMarkdown, type MarkdownWords } from './transfer/markdown'
import type { ExportOptions, ImportReport, Preview, PreviewEntry, Progress } from './transfer/service'
import { ImportError, type Format, type Loss, type Skip } from './transfer/source'
import type { TransferReply, TransferRequest } from './transfer/worker'
import workerUrl from './transfer/worker?worker&url'
import { useVault, type Vault } from './vault'

export { ImportError }
export type { ExportOptions, Format, ImportReport, Loss, MarkdownWords, Preview, PreviewEntry, Progress, Skip }

export interface Transfer {
  /** What is in a file; rejects with an ImportError where it is no export that is known. */
  preview(file: Blob): Promise<Preview>
  /** Brings in the named threads of a file, or all; what is here already is left as it is. */
  importThreads(file: Blob, ids?: ThreadId[] | null, progress?: Progress): Promise<ImportReport>
  exportThreads(options?: ExportOptions, progress?: Progress): Promise<Blob>
  /** The shown branch of a thread; null where the thread is gone. */
  exportMarkdown(id: ThreadId, words?: MarkdownWords): Promise<Blob | null>
  /** Lets go of the worker and of the file it holds. */
  close(): void
}

/** The part of a Worker that is used. */
export interface TransferPort {
  postMessage(request: TransferRequest): void
  onmessage: ((event: MessageEvent<TransferReply>) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
  terminate(): void
}

export interface TransferDeps {
  vault: Vault
  store: Pick<ThreadStore, 'getThread' | 'path' | 'refresh'>
  tabs: Pick<Tabs, 'post'>
  startWorker: (() => TransferPort) | null
}

export function createTransfer({ vault, store, tabs, startWorker }: TransferDeps): Transfer {
  let port: TransferPort | null = null
  let queue: Promise<unknown> = Promise.resolve()

  /** One request after the other. */
  function ask<T>(request: TransferRequest, progress?: Progress): Promise<T> {
    const turn = queue.then(async () => {
      await vault.ready()
      if (vault.state.kind !== 'durable' || !startWorker) return local(request, progress) as Promise<T>
      port ??= startWorker()
      return inWorker<T>(port, request, progress)
    })
    queue = turn.catch(() => undefined)
    return turn
  }

  async function local(request: TransferRequest, progress?: Progress): Promise<unknown> {
    const { createTransferService } = await import('./transfer/service')
    const service = createTransferService(vault.main())
    if (request.kind === 'preview') return service.preview(request.file)
    if (request.kind === 'import') return service.importThreads(request.file, request.ids, progress)
    return service.exportThreads(request.options, progress)
  }

  async function importThreads(file: Blob, ids: ThreadId[] | null = null, progress?: Progress): Promise<ImportReport> {
    const report = await ask<ImportReport>({ kind: 'import', file, ids }, progress)
    await store.refresh()
    tabs.post({ kind: 'threads-changed' })
    if (report.requests) tabs.post({ kind: 'requests-changed' })
    if (report.prompts) tabs.post({ kind: 'prompts-changed' })
    return report
  }

  async function exportMarkdown(id: ThreadId, words?: MarkdownWords): Promise<Blob | null> {
    const thread = await store.getThread(id)
    if (!thread) return null
    const messages = thread.leafId === null ? [] : await store.path(id, thread.leafId)
    return new Blob([toMarkdown(thread, messages, words)], { type: 'text/markdown' })
  }

  return {
    preview: (file) => ask({ kind: 'preview', file }),
    importThreads,
    exportThreads: (options = {}, progress) => ask({ kind: 'export', options }, progress),
    exportMarkdown,
    close() {
      port?.terminate()
      port = null
    },
  }
}

function inWorker<T>(port: TransferPort, request: TransferRequest, progress?: Progress): Promise<T> {
  return new Promise((resolve, reject) => {
    port.onerror = (event) => reject(new Error(event.message))
    port.onmessage = ({ data }) => {
      if (data.kind === 'progress') progress?.(data.done)
      else if (data.kind === 'result') resolve(data.value as T)
      else reject(errorOf(data))
    }
    port.postMessage(request)
  })
}

function errorOf({ name, message, reason }: Extract<TransferReply, { kind: 'error' }>): Error {
  if (reason === 'unknown-format' || reason === 'not-json') return new ImportError(reason, message)
  return Object.assign(new Error(message), { name })
}

let shared: Transfer | undefined

export function useTransfer(): Transfer {
  shared ??= createTransfer({
    vault: useVault(),
    store: useThreadStore(),
    tabs: useTabs(),
    startWorker: typeof Worker === 'undefined' ? null : () => trustedWorker(workerUrl, 'transfer') as TransferPort,
  })
  return shared
}

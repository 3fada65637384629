// Import and export in a worker of their own, on the database itself.
import { openBackend } from '@/stores/backend/open'
import { createTransferService, type ExportOptions } from './service'

export type TransferRequest =
  | { kind: 'preview'; file: Blob }
  | { kind: 'import'; file: Blob; ids: string[] | null }
  | { kind: 'export'; options: ExportOptions }

export type TransferReply =
  | { kind: 'progress'; done: number }
  | { kind: 'result'; value: unknown }
  | { kind: 'error'; name: string; message: string; reason?: string }

const opening = openBackend().then((backend) => createTransferService(backend))
// The last file is kept as it is parsed: a message makes a new Blob object of the same file.
let last: Blob | null = null

function sameFile(file: Blob): Blob {
  const name = (blob: Blob) => (blob as Partial<File>).name
  const modified = (blob: Blob) => (blob as Partial<File>).lastModified
  const same = last && last.size === file.size && name(last) === name(file) && modified(last) === modified(file)
  if (!same) last = file
  return last!
}

async function handle(request: TransferRequest): Promise<unknown> {
  const service = await opening
  const progress = (done: number) => postMessage({ kind: 'progress', done } satisfies TransferReply)
  if (request.kind === 'preview') return service.preview((last = request.file))
  if (request.kind === 'import') return service.importThreads(sameFile(request.file), request.ids, progress)
  return service.exportThreads(request.options, progress)
}

addEventListener('message', (event: MessageEvent<TransferRequest>) => {
  handle(event.data).then(
    (value) => postMessage({ kind: 'result', value } satisfies TransferReply),
    (error: Error & { reason?: string }) => {
      const { name, message, reason } = error
      postMessage({ kind: 'error', name, message, ...(reason ? { reason } : {}) } satisfies TransferReply)
    },
  )
})

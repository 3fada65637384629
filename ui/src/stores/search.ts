// Search over titles and texts. It runs in a worker that is started with the first search and let go after a while;
// where conversations are in memory only, or there are no workers, it runs here over what little there is.
import { trustedWorker } from '@/markdown/workers'
import type { SearchHit, SearchOptions, SearchResults } from './search/engine'
import { createSearchService, type SearchService } from './search/service'
import type { SearchReply, SearchRequest } from './search/worker'
import workerUrl from './search/worker?worker&url'
import { useVault, type Vault } from './vault'

export type { SearchHit, SearchResults }

/** The texts of a large history take tens of megabytes. */
const IDLE_MS = 5 * 60_000

export interface SearchCall extends Partial<SearchOptions> {
  signal?: AbortSignal
  /** Results as they grow, the last one included. */
  onResults?: (results: SearchResults) => void
}

export interface Search {
  /** Starts reading, so that the first search finds everything ready; for when the search box gets the focus. */
  warm(): Promise<void>
  /** The final results. A newer search ends an older one, which then rejects with an AbortError. */
  search(query: string, call?: SearchCall): Promise<SearchResults>
  close(): void
}

/** The part of a Worker that is used. */
export interface SearchPort {
  postMessage(request: SearchRequest): void
  onmessage: ((event: MessageEvent<SearchReply>) => void) | null
  terminate(): void
}

interface Pending {
  id: number
  call: SearchCall
  resolve: (results: SearchResults) => void
  reject: (error: unknown) => void
}

/** `startWorker` is null where there are no workers. */
export function createSearch(vault: Vault, startWorker: (() => SearchPort) | null): Search {
  let port: SearchPort | null = null
  let idle: ReturnType<typeof setTimeout> | undefined
  let pending: Pending | null = null
  let count = 0

  function drop(): void {
    clearTimeout(idle)
    port?.terminate()
    port = null
  }

  async function open(): Promise<SearchPort> {
    await vault.ready()
    clearTimeout(idle)
    idle = setTimeout(drop, IDLE_MS)
    if (port) return port
    port = vault.state.kind === 'durable' && startWorker ? startWorker() : localPort(vault)
    port.onmessage = ({ data }) => receive(data)
    return port
  }

  function receive(reply: SearchReply): void {
    if (pending?.id !== reply.id) return
    const { call, resolve, reject } = pending
    if ('error' in reply) {
      pending = null
      return reject(new Error(reply.error))
    }
    call.onResults?.(reply.results)
    if (!reply.results.done) return
    pending = null
    resolve(reply.results)
  }

  function abandon(): void {
    pending?.reject(new DOMException('A newer search began.', 'AbortError'))
    pending = null
  }

  async function search(query: string, call: SearchCall = {}): Promise<SearchResults> {
    call.signal?.throwIfAborted()
    abandon()
    const id = ++count
    const answer = new Promise<SearchResults>((resolve, reject) => (pending = { id, call, resolve, reject }))
    call.signal?.addEventListener('abort', () => {
      if (pending?.id !== id) return
      abandon()
      port?.postMessage({ kind: 'cancel' })
    })
    const { limit = 50, threadId } = call
    const options: SearchOptions = threadId === undefined ? { limit } : { limit, threadId }
    const target = await open()
    if (pending?.id === id) target.postMessage({ kind: 'search', id, query, options })
    return answer
  }

  return {
    search,
    warm: async () => (await open()).postMessage({ kind: 'load' }),
    close: drop,
  }
}

/** The same service without a worker. What is in memory is little, and read anew for each search. */
function localPort(vault: Vault): SearchPort {
  const giveWay = () => new Promise<void>((resolve) => setTimeout(resolve))
  let service: SearchService | undefined
  const port: SearchPort = {
    onmessage: null,
    postMessage(request) {
      service?.cancel()
      if (request.kind !== 'search') return
      service = createSearchService(vault.main(), giveWay)
      const { id, query, options } = request
      const tell = (data: SearchReply) => port.onmessage?.({ data } as MessageEvent<SearchReply>)
      service
        .search(query, options, (results) => tell({ id, results }))
        .catch((error: unknown) => tell({ id, error: String(error) }))
    },
    terminate: () => service?.cancel(),
  }
  return port
}

let shared: Search | undefined

export function useSearch(): Search {
  shared ??= createSearch(
    useVault(),
    typeof Worker === 'undefined' ? null : () => trustedWorker(workerUrl, 'search') as SearchPort,
  )
  return shared
}

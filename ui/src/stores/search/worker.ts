// The search in a worker of its own: it reads the database itself, hears the tabs itself, and costs the page nothing.
import { openBackend } from '@/stores/backend/open'
import { CHANNEL, type TabEvent } from '@/stores/tabs'
import type { SearchOptions, SearchResults } from './engine'
import { createSearchService, type SearchService } from './service'

export type SearchRequest =
  { kind: 'load' } | { kind: 'search'; id: number; query: string; options: SearchOptions } | { kind: 'cancel' }

export type SearchReply = { id: number; results: SearchResults } | { id: number; error: string }

const opening = openBackend().then((backend) => createSearchService(backend, nextTask))

/** Lets messages in: a newer search, or a change. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

function reply(message: SearchReply): void {
  postMessage(message)
}

async function handle(request: SearchRequest, service: SearchService): Promise<void> {
  if (request.kind === 'load') return service.load()
  if (request.kind === 'cancel') return service.cancel()
  const { id, query, options } = request
  await service.search(query, options, (results) => reply({ id, results }))
}

addEventListener('message', (event: MessageEvent<SearchRequest>) => {
  const request = event.data
  opening
    .then((service) => handle(request, service))
    .catch((error: unknown) => {
      if (request.kind === 'search') reply({ id: request.id, error: String(error) })
    })
})

if (typeof BroadcastChannel !== 'undefined') {
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = (message: MessageEvent<{ event: TabEvent }>) => {
    opening
      .then((service) => service.heed(message.data.event))
      .catch((error: unknown) => console.warn('The search missed a change:', error))
  }
}

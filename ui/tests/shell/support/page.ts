// The page's own singletons over a fresh database: what a component finds when it is mounted in a browser.
import 'fake-indexeddb/auto'
import { vi } from 'vitest'
import { useRouter, type Router } from '@/router'
import { useModels } from '@/stores/models'
import { useThreadStore } from '@/stores/threadStore'
import type { ModelInfo, Thread } from '@/domain'
import { installDialogs, installResizeObserver } from './browser'

/** Call once per file: singletons live as long as their module. */
export async function startPage(): Promise<{ router: Router; store: ReturnType<typeof useThreadStore> }> {
  installDialogs()
  installResizeObserver()
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }))
  vi.stubGlobal('fetch', async () => Response.json({ object: 'list', data: [] }))
  const panel = document.body.appendChild(document.createElement('div'))
  panel.id = 'side-panel'
  const router = useRouter(`${location.origin}/`)
  const store = useThreadStore()
  await store.initDB()
  return { router, store }
}

export function thread(title: string, daysAgo = 0, more: Partial<Thread> = {}): Partial<Thread> & { id: string } {
  const at = Date.now() - daysAgo * 86_400_000
  return { id: title.toLowerCase().replace(/\W+/g, '-'), title, createdAt: at, updatedAt: at, ...more }
}

export function model(id: string, more: Partial<ModelInfo> = {}): ModelInfo {
  const [provider = '', name = ''] = id.split('/')
  return { id, provider, name, input: ['text'], output: ['text'], raw: {}, ...more }
}

/** Puts models where the list from the gateway would be. */
export async function offerModels(models: ModelInfo[]): Promise<void> {
  const store = useModels()
  await store.load()
  store.models.value = models
}

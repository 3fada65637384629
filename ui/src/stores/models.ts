// The models that the gateway offers, and what is known of each. Loaded once per page, again on demand; what a model
// does not tell stays unknown, and unknown is never taken for a no.
import { shallowRef, watch, type ShallowRef } from 'vue'
import { asGatewayError } from '@/api/errors'
import { browserClient, type Client } from '@/api/client'
import type { ChatError, Modality, ModelInfo } from '@/domain'
import { useSettings } from '@/stores/settings'

export interface ModelStore {
  models: ShallowRef<ModelInfo[]>
  /** Why the list could not be had; the former list stays. */
  error: ShallowRef<ChatError | null>
  loading: ShallowRef<boolean>
  byId(id: string): ModelInfo | undefined
  /** Has the list, asking once; `fresh` asks again. Never rejects. */
  load(options?: { fresh?: boolean }): Promise<void>
}

const MODALITIES = new Set<string>(['text', 'image', 'audio', 'pdf', 'file'] satisfies Modality[])

export function modelFrom(raw: Record<string, unknown>): ModelInfo {
  const id = String(raw['id'])
  const owner = text(raw['owned_by'])
  const slash = id.indexOf('/')
  const modalities = record(raw['modalities'])
  const pricing = record(raw['pricing'])
  const known = {
    contextWindow: positive(raw['context_window']),
    pricePrompt: price(pricing['prompt']),
    priceCompletion: price(pricing['completion']),
    created: positive(raw['created']),
  }
  return {
    id,
    provider: slash > 0 ? id.slice(0, slash) : owner,
    name: text(raw['name']) || (slash > 0 ? id.slice(slash + 1) : id),
    input: kinds(modalities['input']),
    output: kinds(modalities['output']),
    ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<ModelInfo>),
    raw,
  }
}

/** Whether a model takes this kind of input; undefined where it does not say. */
export function accepts(model: ModelInfo | undefined, kind: Modality): boolean | undefined {
  if (kind === 'text') return true
  if (!model?.input.length) return undefined
  // Vendors call documents `file`, whatever is in them; PDF is what they mean.
  return model.input.includes(kind) || (kind === 'pdf' && model.input.includes('file'))
}

export function createModels(client: Pick<Client, 'models'>, now: () => number = Date.now): ModelStore {
  const models = shallowRef<ModelInfo[]>([])
  const error = shallowRef<ChatError | null>(null)
  const loading = shallowRef(false)
  let index = new Map<string, ModelInfo>()
  let asking: Promise<void> | null = null
  let loaded = false

  async function ask(): Promise<void> {
    loading.value = true
    try {
      const entries = await client.models()
      const list = entries.filter((entry) => typeof entry['id'] === 'string').map(modelFrom)
      index = new Map(list.map((model) => [model.id, model]))
      models.value = list
      error.value = null
      loaded = true
    } catch (failure) {
      error.value = asGatewayError(failure, false).toChatError(now(), false)
    } finally {
      loading.value = false
    }
  }

  function load({ fresh = false } = {}): Promise<void> {
    if (asking) return asking
    if (loaded && !fresh) return Promise.resolve()
    asking = ask().finally(() => (asking = null))
    return asking
  }

  return { models, error, loading, byId: (id) => index.get(id), load }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined
}

function price(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function kinds(value: unknown): Modality[] {
  return Array.isArray(value) ? value.filter((kind) => MODALITIES.has(kind)) : []
}

let shared: ModelStore | undefined

export function useModels(): ModelStore {
  if (!shared) {
    const { settings } = useSettings()
    const store = createModels(browserClient(() => settings.gatewayKey))
    // Another key may see other models.
    watch(
      () => settings.gatewayKey,
      () => void store.load({ fresh: true }),
    )
    shared = store
  }
  return shared
}

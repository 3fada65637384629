// The log of requests made from this browser, for the usage view. It outlives the threads it tells of.
import type { RequestLog } from '@/domain'
import { newId } from './ids'
import { plain } from './plain'
import { useTabs, type Tabs } from './tabs'
import { useVault, type Vault } from './vault'

export interface RequestFilters {
  model?: string
  provider?: string
  threadId?: string
  outcome?: RequestLog['outcome']
  /** Milliseconds since the epoch: from this on, and before that. */
  from?: number
  until?: number
  sortBy?: keyof RequestLog
  sortOrder?: 'asc' | 'desc'
}

export interface RequestPage {
  requests: RequestLog[]
  total: number
  hasMore: boolean
}

export interface UsageTotals {
  requests: number
  errors: number
  promptTokens: number
  completionTokens: number
  cachedTokens: number
  reasoningTokens: number
  costUsd: number
  durationMs: number
  /** Means over the requests that told them; absent where none did. */
  ttftMs?: number
  tokensPerSecond?: number
}

export interface UsageGroup extends UsageTotals {
  /** `YYYY-MM-DD` in local time, a model or a provider. */
  key: string
}

export interface Usage {
  totals: UsageTotals
  byDay: UsageGroup[]
  byModel: UsageGroup[]
  byProvider: UsageGroup[]
}

export interface RequestsStore {
  logRequest(row: Omit<RequestLog, 'id'> & { id?: string }): Promise<RequestLog>
  getRequests(filters?: RequestFilters, limit?: number, offset?: number): Promise<RequestPage>
  getAllRequests(): Promise<RequestLog[]>
  getAllRequestIds(): Promise<string[]>
  getFilterOptions(): Promise<{ models: string[]; providers: string[] }>
  deleteRequest(id: string): Promise<void>
  getUsage(filters?: RequestFilters): Promise<Usage>
}

export function createRequests(vault: Vault, tabs: Pick<Tabs, 'post'>): RequestsStore {
  async function change(work: (vault: Vault) => Promise<void>): Promise<void> {
    await vault.ready()
    await work(vault)
    tabs.post({ kind: 'requests-changed' })
  }

  async function logRequest(row: Omit<RequestLog, 'id'> & { id?: string }): Promise<RequestLog> {
    const whole: RequestLog = plain({ ...row, id: row.id ?? newId(row.at) })
    await change(async () => {
      // What is said in a temporary thread leaves no trace.
      const backend = vault.isTemporary(whole.threadId) ? vault.ram : vault.main()
      await backend.run(['requests'], 'readwrite', (unit) => unit.put('requests', whole), { durability: 'relaxed' })
    })
    return whole
  }

  async function select(filters: RequestFilters): Promise<RequestLog[]> {
    await vault.ready()
    const { from = 0, until = Number.MAX_SAFE_INTEGER } = filters
    const read = (backend: Vault['ram']) =>
      backend.run(['requests'], 'readonly', (unit) => unit.requestsBetween(from, until))
    const rows = [...(await read(vault.main())), ...(await read(vault.ram))]
    return rows.filter((row) => matches(row, filters))
  }

  async function getRequests(filters: RequestFilters = {}, limit = 20, offset = 0): Promise<RequestPage> {
    const rows = await select(filters)
    const { sortBy = 'at', sortOrder = 'desc' } = filters
    rows.sort((a, b) => compare(a[sortBy], b[sortBy]) * (sortOrder === 'asc' ? 1 : -1))
    return {
      requests: rows.slice(offset, offset + limit),
      total: rows.length,
      hasMore: offset + limit < rows.length,
    }
  }

  async function getFilterOptions() {
    const rows = await select({})
    const distinct = (key: 'model' | 'provider') => [...new Set(rows.map((row) => row[key]).filter(Boolean))].sort()
    return { models: distinct('model'), providers: distinct('provider') }
  }

  return {
    logRequest,
    getRequests,
    getFilterOptions,
    getAllRequests: () => select({}),
    getAllRequestIds: async () => (await select({})).map((row) => row.id),
    deleteRequest: (id) =>
      change(async () => {
        for (const backend of [vault.main(), vault.ram])
          await backend.run(['requests'], 'readwrite', (unit) => unit.delete('requests', id))
      }),
    getUsage: async (filters = {}) => summarize(await select(filters)),
  }
}

function matches(row: RequestLog, { model, provider, threadId, outcome }: RequestFilters): boolean {
  return (
    (model === undefined || row.model === model) &&
    (provider === undefined || row.provider === provider) &&
    (threadId === undefined || row.threadId === threadId) &&
    (outcome === undefined || row.outcome === outcome)
  )
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b)
  return (Number(a) || 0) - (Number(b) || 0)
}

/** Sums over the rows; days in order, models and providers by cost and then by tokens. */
export function summarize(rows: RequestLog[]): Usage {
  const byWeight = (a: UsageGroup, b: UsageGroup) => b.costUsd - a.costUsd || tokensOf(b) - tokensOf(a)
  return {
    totals: total(rows),
    byDay: group(rows, (row) => localDay(row.at)).sort((a, b) => a.key.localeCompare(b.key)),
    byModel: group(rows, (row) => row.model).sort(byWeight),
    byProvider: group(rows, (row) => row.provider).sort(byWeight),
  }
}

const tokensOf = (sums: UsageTotals) => sums.promptTokens + sums.completionTokens

export function localDay(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function group(rows: RequestLog[], keyOf: (row: RequestLog) => string): UsageGroup[] {
  const members = new Map<string, RequestLog[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const known = members.get(key)
    if (known) known.push(row)
    else members.set(key, [row])
  }
  return [...members].map(([key, rows]) => ({ key, ...total(rows) }))
}

function total(rows: RequestLog[]): UsageTotals {
  const sum = (key: keyof RequestLog) => exactSum(rows.map((row) => Number(row[key]) || 0))
  const mean = (key: 'ttftMs' | 'tokensPerSecond') => {
    const told = rows.map((row) => row[key]).filter((value) => value !== undefined)
    return told.length ? { [key]: exactSum(told) / told.length } : {}
  }
  return {
    requests: rows.length,
    errors: rows.filter((row) => row.outcome === 'error').length,
    promptTokens: sum('promptTokens'),
    completionTokens: sum('completionTokens'),
    cachedTokens: sum('cachedTokens'),
    reasoningTokens: sum('reasoningTokens'),
    costUsd: sum('costUsd'),
    durationMs: sum('durationMs'),
    ...mean('ttftMs'),
    ...mean('tokensPerSecond'),
  }
}

/** Neumaier's sum: many small costs lose nothing beside a large one. */
export function exactSum(values: number[]): number {
  let sum = 0
  let lost = 0
  for (const value of values) {
    const next = sum + value
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return sum + lost
}

let shared: RequestsStore | undefined

export function useRequests(): RequestsStore {
  shared ??= createRequests(useVault(), useTabs())
  return shared
}

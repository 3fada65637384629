// What `GET api/providers` tells, read with care: a gateway of another version may leave things out.

export interface Provider {
  name: string
  /** False: built in, always there. */
  configured: boolean
  type: string
  baseUrl: string
  status: 'ok' | 'error' | 'unknown'
  error: string
  /** Null where it is not told. */
  models: number | null
  keyVariable: string
}

export interface Available {
  name: string
  title: string
  keyVariable: string
  /** An http(s) address, or empty. */
  docs: string
}

export interface Providers {
  configured: Provider[]
  available: Available[]
}

type Loose = Record<string, unknown>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const rows = (value: unknown): Loose[] =>
  Array.isArray(value) ? value.filter((row): row is Loose => typeof row === 'object' && row !== null) : []
const link = (value: unknown): string => (/^https?:\/\//.test(text(value)) ? text(value) : '')

function statusOf(value: unknown): Provider['status'] {
  return value === 'ok' || value === 'error' ? value : 'unknown'
}

export function parseProviders(body: Loose): Providers {
  return {
    configured: rows(body['data']).map((row) => ({
      name: text(row['name']),
      configured: row['configured'] !== false,
      type: text(row['type']),
      baseUrl: text(row['base_url']),
      status: statusOf(row['status']),
      error: text(row['error']),
      models: typeof row['models'] === 'number' ? row['models'] : null,
      keyVariable: text(row['key_variable']),
    })),
    available: rows(body['available']).map((row) => ({
      name: text(row['name']),
      title: text(row['title']) || text(row['name']),
      keyVariable: text(row['key_variable']),
      docs: link(row['docs']),
    })),
  }
}

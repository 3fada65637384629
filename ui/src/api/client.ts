// The gateway's HTTP API as the UI uses it: addresses, the key, ids of requests, and failures as GatewayErrors. Knows
// nothing of threads and messages.
import { asGatewayError, errorFromResponse, GatewayError } from '@/api/errors'
import { useBoot } from '@/api/boot'
import type { ChatRequest } from '@/api/wire'
import type { Xray } from '@/domain'

export interface ClientDeps {
  fetch: typeof fetch
  /** Absolute, with a slash at its end. */
  root: string
  /** The gateway's own key; empty where it asks for none. */
  key: () => string
  now: () => number
}

export interface Client {
  /** Posts a chat and resolves with the answer's headers; rejects with a GatewayError, or as aborted. */
  chat(request: ChatRequest, requestId: string, signal: AbortSignal): Promise<Response>
  /** Ends a call at the gateway too. Never rejects: the connection is closed in any case. */
  cancel(requestId: string): Promise<void>
  /** The entries of `GET /v1/models`. */
  models(signal?: AbortSignal): Promise<Record<string, unknown>[]>
  /** Whether the gateway takes calls now. Never rejects. */
  healthy(signal?: AbortSignal): Promise<boolean>
  /** The gateway's own record of a call; null where it keeps none. */
  call(requestId: string): Promise<Record<string, unknown> | null>
}

export function createClient({ fetch, root, key, now }: ClientDeps): Client {
  const address = (path: string) => new URL(path, root).href
  const headers = (more: Record<string, string> = {}) => ({
    ...(key() ? { authorization: `Bearer ${key()}` } : {}),
    ...more,
  })

  async function ask(path: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await fetch(address(path), init)
    } catch (error) {
      init.signal?.throwIfAborted()
      throw asGatewayError(error, false)
    }
    if (!response.ok) throw await errorFromResponse(response, now())
    return response
  }

  function chat(request: ChatRequest, requestId: string, signal: AbortSignal): Promise<Response> {
    const told = headers({ 'content-type': 'application/json', 'x-request-id': requestId })
    return ask('v1/chat/completions', { method: 'POST', headers: told, body: JSON.stringify(request), signal })
  }

  async function cancel(requestId: string): Promise<void> {
    const path = `v1/chat/completions/${encodeURIComponent(requestId)}/cancel`
    // The page may be on its way out.
    await fetch(address(path), { method: 'POST', headers: headers(), keepalive: true }).catch(() => undefined)
  }

  async function models(signal?: AbortSignal): Promise<Record<string, unknown>[]> {
    const response = await ask('v1/models', { headers: headers(), ...(signal ? { signal } : {}) })
    const body = await jsonOf(response)
    if (!Array.isArray(body['data']))
      throw new GatewayError({ code: 'malformed', status: response.status, message: 'The list of models is none.' })
    return body['data'].filter((entry) => typeof entry === 'object' && entry !== null)
  }

  async function healthy(signal?: AbortSignal): Promise<boolean> {
    try {
      return (await fetch(address('health'), { cache: 'no-store', ...(signal ? { signal } : {}) })).ok
    } catch {
      return false
    }
  }

  async function call(requestId: string): Promise<Record<string, unknown> | null> {
    try {
      return await jsonOf(await ask(`api/calls/${encodeURIComponent(requestId)}`, { headers: headers() }))
    } catch (error) {
      if (error instanceof GatewayError) return null
      throw error
    }
  }

  return { chat, cancel, models, healthy, call }
}

/** The object in the body of an answer. */
export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  let body: unknown
  try {
    body = await response.json()
  } catch (cause) {
    if (cause instanceof TypeError) throw asGatewayError(cause, true)
    throw new GatewayError(
      { code: 'malformed', status: response.status, message: 'The answer is not JSON.' },
      { cause },
    )
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new GatewayError({ code: 'malformed', status: response.status, message: 'The answer is not an object.' })
}

/** What the headers of an answer tell of its call. */
export function xrayFrom(headers: Headers, requestId: string): Xray {
  const attempts = Number(headers.get('x-llms-attempts'))
  const timing = timings(headers.get('server-timing') ?? '')
  const optional = {
    provider: headers.get('x-llms-provider') ?? undefined,
    model: headers.get('x-llms-model') ?? undefined,
    attempts: attempts > 0 ? attempts : undefined,
    translation: headers.get('x-llms-translation') ?? undefined,
    cache: headers.get('x-llms-cache') ?? undefined,
    gatewayMs: timing['gateway'],
    upstreamMs: timing['upstream'],
  }
  const told = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined))
  return { requestId: headers.get('x-request-id') ?? requestId, ...told }
}

/** Milliseconds by name, out of a Server-Timing header. */
function timings(header: string): Record<string, number> {
  const entries = header.split(',').flatMap((entry) => {
    const [name, ...params] = entry.split(';').map((part) => part.trim())
    const duration = params.find((param) => param.startsWith('dur='))
    const value = Number(duration?.slice('dur='.length))
    return name && duration && Number.isFinite(value) ? [[name, value] as const] : []
  })
  return Object.fromEntries(entries)
}

/** The client of this page; `key` is read anew for every request. */
export function browserClient(key: () => string): Client {
  return createClient({ fetch: (...args) => globalThis.fetch(...args), root: useBoot().root, key, now: Date.now })
}

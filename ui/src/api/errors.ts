// Every way a request can fail, as one kind of error: what happened, in the gateway's words, and the one action that
// helps. Knows HTTP, the gateway's codes and the browser's failures; the words that people read are in i18n/en/errors.ts.
import type { ChatError, ErrorAction } from '@/domain'

export interface ErrorFacts {
  /** The gateway's, see docs/api.md, or one of a failure on this side of it. */
  code: string
  status?: number
  message: string
  retryAfterMs?: number | undefined
  /** The field of the request that is to blame. */
  param?: string | undefined
}

export class GatewayError extends Error {
  readonly code: string
  readonly status: number
  readonly retryAfterMs: number | undefined
  readonly param: string | undefined

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options)
    this.name = 'GatewayError'
    this.code = facts.code
    this.status = facts.status ?? 0
    this.retryAfterMs = facts.retryAfterMs
    this.param = facts.param
  }

  /** What is kept with a message. `hasPartial`: some of the answer has come, so that it can go on from there. */
  toChatError(at: number, hasPartial: boolean): ChatError {
    return {
      code: this.code,
      status: this.status,
      message: this.message,
      action: actionFor(this.code, this.status, hasPartial),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      at,
    }
  }
}

const ACTIONS: Record<string, ErrorAction> = {
  invalid_api_key: 'set-key',
  upstream_auth: 'add-provider',
  model_not_found: 'pick-model',
  endpoint_not_supported: 'pick-model',
  insufficient_quota: 'pick-model',
  unsupported_modality: 'pick-model',
  no_model: 'pick-model',
  context_length_exceeded: 'trim',
  request_too_large: 'trim',
  permission_denied: 'none',
  attachment_lost: 'none',
  rate_limit_exceeded: 'retry',
}

const ACTIONS_BY_STATUS: Record<number, ErrorAction> = { 401: 'set-key', 403: 'none', 413: 'trim', 429: 'retry' }

/** The one thing that helps. What may pass by itself can be tried again, or goes on where it broke off. */
export function actionFor(code: string, status: number, hasPartial: boolean): ErrorAction {
  const known = ACTIONS[code] ?? ACTIONS_BY_STATUS[status]
  if (known) return known
  if (status >= 400 && status < 499) return 'none'
  return hasPartial ? 'continue' : 'retry'
}

/** When the answer says one may come back: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms')
  if (exact && Number(exact) >= 0) return Math.round(Number(exact))
  const told = headers.get('retry-after')
  if (!told) return undefined
  if (Number(told) >= 0) return Math.round(Number(told) * 1000)
  const date = Date.parse(told)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** The error object in a body or an event, if that is what it is. */
export function errorIn(body: unknown, facts: Partial<ErrorFacts> = {}): GatewayError | null {
  const error = (body as { error?: unknown } | null)?.error
  if (typeof error === 'string') return new GatewayError({ code: 'upstream_error', ...facts, message: error })
  if (typeof error !== 'object' || error === null) return null
  const { message, type, code, param } = error as Record<string, unknown>
  return new GatewayError({
    ...facts,
    code: firstText(code, type) ?? facts.code ?? 'upstream_error',
    message: firstText(message, code) ?? facts.message ?? 'The provider failed.',
    param: firstText(param),
  })
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '')
}

/** The error that an answer with a status other than 2xx is. Reads its body. */
export async function errorFromResponse(response: Response, now: number): Promise<GatewayError> {
  const facts = { status: response.status, retryAfterMs: retryAfterMs(response.headers, now) }
  const text = await response.text().catch(() => '')
  const fallback = `${response.status} ${response.statusText}`.trim()
  try {
    const error = errorIn(JSON.parse(text), facts)
    if (error) return error
  } catch {
    // Not JSON: a page of a proxy on the way, which no one wants to read.
  }
  return new GatewayError({ ...facts, code: `http_${response.status}`, message: fallback })
}

/** Any failure as a GatewayError. `began`: the answer had begun, so this is a connection that broke. */
export function asGatewayError(error: unknown, began: boolean): GatewayError {
  if (error instanceof GatewayError) return error
  const cause = { cause: error }
  // fetch and its readers tell every failure of the network as a TypeError, without a reason.
  if (error instanceof TypeError || (error as { name?: unknown } | null)?.name === 'NetworkError')
    return began
      ? new GatewayError({ code: 'connection_lost', message: 'The connection to the gateway broke off.' }, cause)
      : new GatewayError({ code: 'unreachable', message: 'The gateway cannot be reached.' }, cause)
  return new GatewayError({ code: 'internal', message: error instanceof Error ? error.message : String(error) }, cause)
}

// The short line for an error. Codes of providers are many; what has no line of its own is told by its status.
import type { ChatError } from '@/domain'
import { t, type Key } from '@/i18n'
import errors from '@/i18n/en/errors'

export function errorTitle({ code, status }: Pick<ChatError, 'code' | 'status'>): string {
  const name = code in errors ? code : nameByStatus(status)
  return t(`errors.${name}` as Key)
}

function nameByStatus(status: number): keyof typeof errors {
  if (status === 401) return 'invalid_api_key'
  if (status === 403) return 'permission_denied'
  if (status === 413) return 'request_too_large'
  if (status === 429) return 'rate_limit_exceeded'
  if (status >= 400 && status < 500) return 'invalid_request'
  return status >= 500 ? 'upstream_error' : 'internal'
}

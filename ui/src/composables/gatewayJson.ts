// Reads what the gateway tells about itself, for the views: `GET api/…` as JSON, with the gateway's key.
import { useBoot } from '@/api/boot'
import { jsonOf } from '@/api/client'
import { asGatewayError, errorFromResponse } from '@/api/errors'
import { useSettings } from '@/stores/settings'

/** The object at a path below the root; rejects with a GatewayError. */
export async function gatewayJson(path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const { gatewayKey } = useSettings().settings
  const headers: Record<string, string> = gatewayKey ? { authorization: `Bearer ${gatewayKey}` } : {}
  let response: Response
  try {
    response = await fetch(new URL(path, useBoot().root), { headers, ...(signal && { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    throw asGatewayError(error, false)
  }
  if (!response.ok) throw await errorFromResponse(response, Date.now())
  return jsonOf(response)
}

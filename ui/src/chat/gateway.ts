// Waiting for a gateway that cannot be reached: it is asked for its health, less and less often, and at once when the
// browser says that it is online again or the tab is looked at. However many wait, one asks.
import type { Client } from '@/api/client'

const FIRST_MS = 1000
const LONGEST_MS = 10_000

export interface GatewayWait {
  /** Resolves when the gateway takes calls again; rejects with the signal's reason. */
  back(signal: AbortSignal): Promise<void>
}

/** `onWake` calls back when asking at once is worth it. */
export function createGatewayWait(client: Pick<Client, 'healthy'>, onWake: (wake: () => void) => void): GatewayWait {
  const waiting = new Set<() => void>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = FIRST_MS
  let asking = false

  function plan(): void {
    clearTimeout(timer)
    if (waiting.size) timer = setTimeout(() => void ask(), delay)
    delay = Math.min(delay * 2, LONGEST_MS)
  }

  async function ask(): Promise<void> {
    if (asking) return
    asking = true
    const healthy = await client.healthy()
    asking = false
    if (healthy) for (const resolve of [...waiting]) resolve()
    else plan()
  }

  onWake(() => {
    if (!waiting.size) return
    delay = FIRST_MS
    void ask()
  })

  function back(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = () => {
        waiting.delete(done)
        signal.removeEventListener('abort', abort)
        if (!waiting.size) clearTimeout(timer)
      }
      const done = () => (leave(), resolve())
      const abort = () => (leave(), reject(signal.reason))
      signal.addEventListener('abort', abort)
      waiting.add(done)
      if (waiting.size > 1) return
      delay = FIRST_MS
      plan()
    })
  }

  return { back }
}

export function browserWakes(wake: () => void): void {
  addEventListener('online', wake)
  document.addEventListener('visibilitychange', () => document.hidden || wake())
}

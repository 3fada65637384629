// Whether the network is there and whether the gateway answers. The gateway is asked when a request to it failed, and
// then again and again, ever more slowly, until it answers.
import { browserClient } from '@/api/client'
import { useSettings } from '@/stores/settings'
import { computed, ref, type ComputedRef } from 'vue'

export type Connection = 'online' | 'offline' | 'unreachable'

export interface Online {
  connection: ComputedRef<Connection>
  /** A request could not reach the gateway: find out whether any can. */
  suspect(): void
  /** For tests and the end of the page. */
  close(): void
}

interface Deps {
  healthy: () => Promise<boolean>
  network: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>
  isOnline: () => boolean
}

const FIRST_MS = 2000
const LONGEST_MS = 30_000

export function createOnline({ healthy, network, isOnline }: Deps): Online {
  const hasNetwork = ref(isOnline())
  const answers = ref(true)
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = false

  async function ask(wait: number): Promise<void> {
    clearTimeout(timer)
    if (asking) return
    asking = true
    answers.value = await healthy()
    asking = false
    if (!answers.value) timer = setTimeout(() => void ask(Math.min(LONGEST_MS, wait * 2)), wait)
  }

  const suspect = () => void ask(FIRST_MS)
  const update = () => {
    hasNetwork.value = isOnline()
    suspect()
  }
  network.addEventListener('online', update)
  network.addEventListener('offline', update)

  return {
    // A gateway on this machine answers without any network, so only its silence counts.
    connection: computed(() => (answers.value ? 'online' : hasNetwork.value ? 'unreachable' : 'offline')),
    suspect,
    close() {
      clearTimeout(timer)
      network.removeEventListener('online', update)
      network.removeEventListener('offline', update)
    },
  }
}

let shared: Online | undefined

export function useOnline(): Online {
  if (!shared) {
    const { settings } = useSettings()
    const client = browserClient(() => settings.gatewayKey)
    shared = createOnline({ healthy: () => client.healthy(), network: window, isOnline: () => navigator.onLine })
  }
  return shared
}

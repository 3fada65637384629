// Whether the gateway answers, and if not, whether that is for want of a network. It is asked when a request failed to
// reach it, and then again and again, ever more slowly, until it answers.
import { browserClient } from '@/api/client'
import { useModels } from '@/stores/models'
import { useSettings } from '@/stores/settings'
import { computed, ref, watch, type ComputedRef } from 'vue'

export type Connection = 'online' | 'offline' | 'unreachable'

export interface Online {
  connection: ComputedRef<Connection>
  /** Asks the gateway now, for instance because a request could not reach it. */
  check(): Promise<boolean>
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
  let asking: Promise<boolean> | null = null

  async function ask(wait: number): Promise<boolean> {
    clearTimeout(timer)
    answers.value = await healthy()
    if (!answers.value) timer = setTimeout(() => void check(Math.min(LONGEST_MS, wait * 2)), wait)
    return answers.value
  }

  /** However many ask at once, one request goes out. */
  function check(wait = FIRST_MS): Promise<boolean> {
    asking ??= ask(wait).finally(() => (asking = null))
    return asking
  }

  const update = () => {
    hasNetwork.value = isOnline()
    void check()
  }
  network.addEventListener('online', update)
  network.addEventListener('offline', update)

  return {
    // A gateway on this machine answers without any network, so only its silence counts.
    connection: computed(() => (answers.value ? 'online' : hasNetwork.value ? 'unreachable' : 'offline')),
    check: () => check(),
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
    const online = createOnline({ healthy: () => client.healthy(), network: window, isOnline: () => navigator.onLine })
    watch(useModels().error, (error) => error?.code === 'unreachable' && online.check())
    shared = online
  }
  return shared
}

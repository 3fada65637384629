// The engine of this page, made once, over the stores and the browser.
import { useBoot } from '@/api/boot'
import { browserClient } from '@/api/client'
import { createChat } from '@/chat/engine'
import { browserFrames } from '@/chat/frames'
import { browserWakes, createGatewayWait } from '@/chat/gateway'
import { createLiveBoard } from '@/chat/live'
import { browserOutbox } from '@/chat/outbox'
import type { Chat } from '@/chat/types'
import { useOnline } from '@/composables/useOnline'
import { useBlobs } from '@/stores/blobs'
import { useModels } from '@/stores/models'
import { useRuns } from '@/stores/runs'
import { useSettings } from '@/stores/settings'
import { useTabs } from '@/stores/tabs'
import { useThreadStore } from '@/stores/threadStore'

export type * from '@/chat/types'

let shared: Chat | undefined

export function useChat(): Chat {
  shared ??= browserChat()
  return shared
}

function browserChat(): Chat {
  const store = useSettings()
  const { settings } = store
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  const client = browserClient(() => settings.gatewayKey)
  const { putBlob, getBlob } = useBlobs()
  return createChat({
    client,
    board: createLiveBoard(browserFrames(), () => (settings.plainMode || still.matches ? 'off' : settings.smoothing)),
    runs: useRuns(),
    tabs: useTabs(),
    threads: useThreadStore(),
    models: useModels(),
    settings: store,
    boot: useBoot(),
    // One probe for who waits and for the banner.
    gateway: createGatewayWait({ healthy: () => useOnline().check() }, browserWakes),
    outbox: browserOutbox(),
    putBlob,
    getBlob,
    now: Date.now,
    onHide(callback) {
      addEventListener('pagehide', () => callback(true))
      document.addEventListener('visibilitychange', () => document.hidden && callback(false))
    },
  })
}

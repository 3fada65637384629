// What searching and exporting need and the first paint does not. It is fetched when the page is idle: both must work
// when the gateway is gone, and a worker is a file of the gateway too.
import { whenIdle } from '@/components/chat/idle'
import searchWorker from '@/stores/search/worker?worker&url'
import transferWorker from '@/stores/transfer/worker?worker&url'

const parts: (() => Promise<unknown>)[] = [
  () => import('@/views/RecentsView.vue'),
  () => import('@/stores/transfer'),
  () => import('@/components/dialogs/SettingsDialog.vue'),
  () => fetch(searchWorker),
  () => fetch(transferWorker),
]

export function fetchLater(): void {
  const waiting = [...parts]
  const next = () => {
    const part = waiting.shift()
    // What cannot be had now is asked for again when it is needed.
    if (part) whenIdle(() => void part().then(next, next))
  }
  next()
}

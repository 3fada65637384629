// What the first paint does not need but must be there when the gateway is gone: searching, exporting, and finding one's
// way by keys. It is fetched when the page is idle; a worker is a file of the gateway too.
import { whenIdle } from '@/components/chat/idle'
import searchWorker from '@/stores/search/worker?worker&url'
import transferWorker from '@/stores/transfer/worker?worker&url'

const parts: (() => Promise<unknown>)[] = [
  () => import('@/views/RecentsView.vue'),
  () => import('@/stores/transfer'),
  () => import('@/components/dialogs/SettingsDialog.vue'),
  () => import('@/components/dialogs/CommandPalette.vue'),
  () => import('@/components/dialogs/ModelPicker.vue'),
  () => import('@/components/dialogs/ShortcutSheet.vue'),
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

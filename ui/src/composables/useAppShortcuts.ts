// The shortcuts that work everywhere on the page. Those of the conversation are offered by the conversation.
import { useShell } from '@/composables/useShell'
import { useShortcut } from '@/composables/useShortcuts'
import { useThreadActions } from '@/composables/useThreadActions'
import { useToast } from '@/composables/useToast'
import { useRouter } from '@/router'
import { useThreadStore } from '@/stores/threadStore'

export function useAppShortcuts(): void {
  const shell = useShell()
  const router = useRouter()
  const toast = useToast()
  const store = useThreadStore()
  const actions = useThreadActions()

  useShortcut('palette', () => shell.openDialog('palette'))
  useShortcut('shortcuts', () => shell.openDialog('shortcuts'))
  useShortcut('settings', () => shell.openSettings())
  useShortcut('sidebar', () => shell.showSidebar(!shell.sidebarShown.value))
  useShortcut('undo', () => toast.undoLast())
  useShortcut('newChat', () => actions.newChat())
  useShortcut('temporaryChat', () => actions.newChat(true))
  useShortcut('search', () => router.push({ name: 'recents', query: '' }))
  useShortcut('previousChat', () => actions.step(-1))
  useShortcut('nextChat', () => actions.step(1))
  useShortcut('deleteChat', () => {
    const { value: route } = router.route
    const thread = route.name === 'chat' && store.threads.value.find(({ id }) => id === route.threadId)
    return thread ? actions.remove(thread) : false
  })
}

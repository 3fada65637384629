// What can be done with a chat from the list, the bar above it, the palette and the keyboard.
import type { Thread } from '@/domain'
import { fileName, saveFile } from '@/composables/saveFile'
import { useShell } from '@/composables/useShell'
import { useToast } from '@/composables/useToast'
import { t } from '@/i18n'
import { useRouter } from '@/router'
import { useThreadStore } from '@/stores/threadStore'

export function useThreadActions() {
  const store = useThreadStore()
  const router = useRouter()
  const toast = useToast()
  const shell = useShell()

  const isShown = (id: string) => router.route.value.name === 'chat' && router.route.value.threadId === id

  function newChat(temporary = false): void {
    if (shell.sheet.value) shell.showSidebar(false)
    router.push({ name: 'chat', threadId: null, ...(temporary && { temporary }) })
  }

  async function rename(thread: Thread, title: string): Promise<void> {
    const trimmed = title.trim()
    if (trimmed && trimmed !== thread.title) {
      await store.updateThread(thread.id, { title: trimmed, titleSource: 'user' })
    }
  }

  async function togglePin(thread: Thread): Promise<void> {
    await store.updateThread(thread.id, { pinned: !thread.pinned })
  }

  /** Deletes at once, and offers to undo; the chat that was shown comes back with it. */
  async function remove(thread: Thread): Promise<void> {
    const shown = isShown(thread.id)
    const removed = await store.deleteThread(thread.id)
    if (shown) router.replace({ name: 'chat', threadId: null })
    toast.showUndo(t('shell.threadDeleted', { title: thread.title || t('shell.untitled') }), {
      expiresAt: removed.expiresAt,
      undo: async () => {
        await removed.undo()
        if (shown) router.push({ name: 'chat', threadId: thread.id })
      },
    })
  }

  async function exportMarkdown(thread: Thread): Promise<void> {
    const { useTransfer } = await import('@/stores/transfer')
    const content = await useTransfer().exportMarkdown(thread.id)
    if (content) saveFile(content, fileName(thread.title, 'md'))
  }

  /** The chat after (+1) or before (-1) the shown one, in the order of the list. */
  function step(by: 1 | -1): boolean {
    const order = store.groupedThreads.value.flatMap((group) => group.threads)
    const at = order.findIndex(({ id }) => isShown(id))
    const next = at === -1 ? order.at(by === 1 ? 0 : -1) : order[at + by]
    if (!next) return false
    router.push({ name: 'chat', threadId: next.id })
    return true
  }

  return { newChat, rename, togglePin, remove, exportMarkdown, step }
}

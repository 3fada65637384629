// Everything the palette can do: actions of the page, each chat, each model.
import { computed, type ComputedRef } from 'vue'
import { useThreadOptions } from '@/components/chat/threadOptions'
import type { ActionId } from '@/composables/shortcuts'
import { useShell } from '@/composables/useShell'
import { useShortcuts } from '@/composables/useShortcuts'
import { useThreadActions } from '@/composables/useThreadActions'
import { t } from '@/i18n'
import { formatRelative } from '@/i18n/format'
import { useRouter } from '@/router'
import { useModels } from '@/stores/models'
import { useSettings, type Settings } from '@/stores/settings'
import { useThreadStore } from '@/stores/threadStore'
import type { IconName } from '@/components/ui/icons'

export interface Command {
  id: string
  label: string
  icon: IconName
  detail?: string
  keys?: string
  /** Lower-case text that is searched. */
  search: string
  run: () => unknown
}

const THEMES = ['system', 'light', 'dark', 'contrast'] as const satisfies readonly Settings['theme'][]

export function useCommands(): ComputedRef<Record<'actions' | 'chats' | 'models', Command[]>> {
  const shell = useShell()
  const router = useRouter()
  const shortcuts = useShortcuts()
  const store = useThreadStore()
  const { newChat } = useThreadActions()
  const { settings, saveSettings } = useSettings()
  const { models, load } = useModels()
  const options = useThreadOptions()
  void load()

  function action(icon: IconName, label: string, run: () => unknown, shortcut?: ActionId): Command {
    const keys = shortcut && shortcuts.shownKeysOf(shortcut)
    return { id: `action:${label}`, label, icon, search: label.toLowerCase(), run, ...(keys && { keys }) }
  }

  const actions = computed<Command[]>(() => [
    action('plus', t('shell.newChat'), () => newChat(), 'newChat'),
    action('dashed', t('shell.temporaryChat'), () => newChat(true), 'temporaryChat'),
    action('search', t('shell.searchAll'), () => router.push({ name: 'recents', query: '' }), 'search'),
    action('settings', t('shell.settings'), () => shell.openSettings(), 'settings'),
    action('book', t('shell.prompts'), () => shell.openDialog('prompts')),
    action('chart', t('shell.analytics'), () => router.push({ name: 'analytics' })),
    action('plug', t('shell.providers'), () => router.push({ name: 'providers' })),
    action('keyboard', t('shell.shortcuts'), () => shell.openDialog('shortcuts'), 'shortcuts'),
    action('upload', t('dialogs.import'), () => shell.openDialog('import')),
    action('panel', t(shell.sidebarShown.value ? 'shell.closeSidebar' : 'shell.openSidebar'), () =>
      shell.showSidebar(!shell.sidebarShown.value),
    ),
    ...THEMES.filter((theme) => theme !== settings.theme).map((theme) =>
      action('contrast', t('dialogs.toggleTheme', { theme: t(`dialogs.theme_${theme}`) }), () =>
        saveSettings({ theme }),
      ),
    ),
    action('bolt', t(settings.stream ? 'dialogs.streamingOff' : 'dialogs.streamingOn'), () =>
      saveSettings({ stream: !settings.stream }),
    ),
  ])

  const chats = computed<Command[]>(() =>
    store.threads.value.map((thread) => {
      const label = thread.title || t('shell.untitled')
      return {
        id: `chat:${thread.id}`,
        label,
        icon: thread.temporary ? 'dashed' : 'chat',
        detail: formatRelative(thread.updatedAt),
        search: label.toLowerCase(),
        run: () => router.push({ name: 'chat', threadId: thread.id }),
      }
    }),
  )

  const modelCommands = computed<Command[]>(() =>
    models.value.map((model) => ({
      id: `model:${model.id}`,
      label: t('dialogs.useModel', { model: model.name }),
      icon: 'brain',
      detail: model.provider,
      search: `${model.name} ${model.id}`.toLowerCase(),
      run: () => options.setModel(model.id),
    })),
  )

  return computed(() => ({ actions: actions.value, chats: chats.value, models: modelCommands.value }))
}

// What is open around the conversation: the list of chats, a dialog, the settings. Parts ask here; App shows.
import { computed, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { NARROW, PHONE, useMediaQuery } from '@/composables/useMediaQuery'
import { useSidePanel, type SidePanels } from '@/composables/useSidePanel'
import { dropTyped } from '@/composables/typedAhead'
import { useSettings, type SettingsStore } from '@/stores/settings'

export type DialogName = 'palette' | 'shortcuts' | 'models' | 'prompts' | 'import'
export type SettingsSection = 'chat' | 'appearance' | 'request' | 'shortcuts' | 'data' | 'key'

export const SETTINGS_PANEL = 'settings'

/** Beside an open panel, the list of chats needs this much; below, it becomes a sheet as on a small window. */
const CROWDED = '(max-width: 1199px)'

export interface Shell {
  narrow: Readonly<Ref<boolean>>
  phone: Readonly<Ref<boolean>>
  /** The list of chats lies over the conversation instead of beside it. */
  sheet: ComputedRef<boolean>
  sidebarShown: ComputedRef<boolean>
  showSidebar(shown: boolean): void
  dialog: ShallowRef<DialogName | null>
  openDialog(name: DialogName): void
  closeDialog(): void
  /** The model the picker starts at. */
  pickedFrom: ShallowRef<string>
  /** Lets a person choose a model; null when they did not. */
  pickModel(current: string): Promise<string | null>
  answerPick(model: string | null): void
  settingsSection: ShallowRef<SettingsSection>
  openSettings(section?: SettingsSection): void
}

interface ShellDeps {
  settings: SettingsStore
  panels: SidePanels
}

export function createShell({ settings: { settings, saveSettings }, panels }: ShellDeps): Shell {
  const narrow = useMediaQuery(NARROW)
  const phone = useMediaQuery(PHONE)
  const crowded = useMediaQuery(CROWDED)
  const sheet = computed(() => narrow.value || (crowded.value && panels.active.value !== null))
  const sheetOpen = shallowRef(false)
  const sidebarShown = computed(() => (sheet.value ? sheetOpen.value : settings.sidebarOpen))
  const dialog = shallowRef<DialogName | null>(null)
  const pickedFrom = shallowRef('')
  const settingsSection = shallowRef<SettingsSection>('chat')
  let answer: ((model: string | null) => void) | null = null

  function showSidebar(shown: boolean): void {
    if (sheet.value) sheetOpen.value = shown
    else saveSettings({ sidebarOpen: shown })
  }

  function openDialog(name: DialogName): void {
    if (name !== 'models') answerPick(null)
    dialog.value = name
  }

  function answerPick(model: string | null): void {
    const waiting = answer
    answer = null
    waiting?.(model)
  }

  function closeDialog(): void {
    dialog.value = null
    dropTyped()
    answerPick(null)
  }

  function pickModel(current: string): Promise<string | null> {
    answerPick(null)
    pickedFrom.value = current
    dialog.value = 'models'
    return new Promise((resolve) => (answer = resolve))
  }

  function openSettings(section: SettingsSection = 'chat'): void {
    settingsSection.value = section
    if (sheet.value) sheetOpen.value = false
    panels.open(SETTINGS_PANEL)
  }

  return {
    narrow,
    phone,
    sheet,
    sidebarShown,
    showSidebar,
    dialog,
    openDialog,
    closeDialog,
    pickedFrom,
    pickModel,
    answerPick,
    settingsSection,
    openSettings,
  }
}

let shared: Shell | undefined

export const useShell = (): Shell => (shared ??= createShell({ settings: useSettings(), panels: useSidePanel() }))

import { computed, type WritableComputedRef } from 'vue'
import { useSettings, type Settings } from '@/stores/settings'

/** A setting for `v-model`: each change is saved at once. */
export function settingModel<K extends keyof Settings>(key: K): WritableComputedRef<Settings[K]> {
  const { settings, saveSettings } = useSettings()
  return computed({
    get: () => settings[key] as Settings[K],
    set: (value) => void saveSettings({ [key]: value }),
  })
}

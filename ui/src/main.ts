// First: the order of the cascade's layers is that of the first file that names them.
import './styles/main.css'
import { createApp, watchEffect } from 'vue'
import { useBoot } from '@/api/boot'
import App from '@/App.vue'
import { startTooltips } from '@/components/ui/tooltip'
import { startTheme } from '@/composables/useTheme'
import { useToast } from '@/composables/useToast'
import { setLocale, t } from '@/i18n'
import { useRouter } from '@/router'
import { useSettings } from '@/stores/settings'

const { root } = useBoot()
const { settings } = useSettings()
startTheme(settings, root)
useRouter(root)
startTooltips()

watchEffect(() => setLocale(settings.locale))

/** A part that is loaded later is gone when the gateway was updated meanwhile, or does not answer. */
addEventListener('vite:preloadError', () => {
  useToast().show(t('shell.loadFailed'), {
    kind: 'error',
    timeoutMs: 0,
    action: { label: t('shell.reload'), run: () => location.reload() },
  })
})

const app = createApp(App)
app.config.errorHandler = (error) => {
  console.error(error)
  useToast().show(t('shell.failed', { reason: error instanceof Error ? error.message : String(error) }), {
    kind: 'error',
  })
}
app.mount('#app')

// First: the order of the cascade's layers is that of the first file that names them.
import './styles/main.css'
import { createApp } from 'vue'
import { useBoot } from '@/api/boot'
import App from '@/App.vue'
import { startTooltips } from '@/components/ui/tooltip'
import { startTheme } from '@/composables/useTheme'
import { useRouter } from '@/router'
import { useSettings } from '@/stores/settings'

const { root } = useBoot()
startTheme(useSettings().settings, root)
useRouter(root)
startTooltips()
createApp(App).mount('#app')

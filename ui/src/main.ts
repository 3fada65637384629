import { createApp } from 'vue'
import { useBoot } from '@/api/boot'
import App from '@/App.vue'
import { startTooltips } from '@/components/ui/tooltip'
import { startTheme } from '@/composables/useTheme'
import { useRouter } from '@/router'
import { useSettings } from '@/stores/settings'
import './styles/main.css'

const { root } = useBoot()
startTheme(useSettings().settings, root)
useRouter(root)
startTooltips()
createApp(App).mount('#app')

// What the open conversation is asked with: its model, system prompt and parameters. A new one has none of its own yet;
// what is chosen for it is kept here until it begins.

import { computed, shallowReactive, type ComputedRef } from 'vue'
import { useChat } from '@/chat/chat'
import type { Chat } from '@/chat/types'
import type { ChatParams, ModelInfo, Thread } from '@/domain'
import { useRouter } from '@/router'
import { useModels } from '@/stores/models'
import { useSettings } from '@/stores/settings'
import { useThreadStore } from '@/stores/threadStore'

export interface ThreadOptions {
  model: ComputedRef<string>
  info: ComputedRef<ModelInfo | undefined>
  systemPrompt: ComputedRef<string>
  params: ComputedRef<ChatParams>
  setModel(id: string): void
  setSystemPrompt(text: string): void
  /** Sets parameters; one given as undefined goes back to its default. */
  setParams(patch: { [K in keyof ChatParams]?: ChatParams[K] | undefined }): void
  /** The open thread or, for a new conversation, one made with what was chosen. */
  ensureThread(): Promise<Thread>
}

interface Deps {
  store: Pick<ReturnType<typeof useThreadStore>, 'currentThread' | 'createThread' | 'updateThread' | 'setCurrentThread'>
  settings: ReturnType<typeof useSettings>
  models: Pick<ReturnType<typeof useModels>, 'byId'>
  chat: Pick<Chat, 'modelFor'>
  temporary: () => boolean
}

export function createThreadOptions({ store, settings, models, chat, temporary }: Deps): ThreadOptions {
  const fresh = shallowReactive({ systemPrompt: '', params: {} as ChatParams })
  const thread = store.currentThread

  const model = computed(() => chat.modelFor(thread.value))

  function patch(change: Partial<Pick<Thread, 'model' | 'systemPrompt' | 'params'>>): void {
    if (thread.value) void store.updateThread(thread.value.id, change)
    else Object.assign(fresh, change)
  }

  const params = computed(() => thread.value?.params ?? fresh.params)

  return {
    model,
    info: computed(() => models.byId(model.value)),
    systemPrompt: computed(() => thread.value?.systemPrompt ?? fresh.systemPrompt),
    params,

    setModel(id) {
      settings.saveSettings({ model: id })
      if (thread.value) patch({ model: id })
    },

    setSystemPrompt: (text) => patch({ systemPrompt: text }),

    setParams(change) {
      const next = Object.entries({ ...params.value, ...change }).filter(([, value]) => value !== undefined)
      patch({ params: Object.fromEntries(next) as ChatParams })
    },

    async ensureThread() {
      if (thread.value) return thread.value
      const created = await store.createThread({
        model: model.value,
        systemPrompt: fresh.systemPrompt,
        params: fresh.params,
        ...(temporary() ? { temporary: true } : {}),
      })
      fresh.systemPrompt = ''
      fresh.params = {}
      await store.setCurrentThread(created.id)
      return created
    },
  }
}

let shared: ThreadOptions | undefined

export function useThreadOptions(): ThreadOptions {
  if (!shared) {
    const { route } = useRouter()
    shared = createThreadOptions({
      store: useThreadStore(),
      settings: useSettings(),
      models: useModels(),
      chat: useChat(),
      temporary: () => route.value.name === 'chat' && route.value.temporary === true,
    })
  }
  return shared
}

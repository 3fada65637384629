// Parts of a conversation that the first paint does not need. They are fetched when the page is idle, one after another:
// a conversation must be readable to its last source when the gateway is gone.

import { defineAsyncComponent } from 'vue'
import { whenIdle } from './idle'

const parts = {
  tools: () => import('./answer/ToolCallView.vue'),
  citations: () => import('./answer/CitationCards.vue'),
  media: () => import('./answer/AnswerMedia.vue'),
  editor: () => import('./turn/MessageEditor.vue'),
  compare: () => import('./compare/CompareView.vue'),
  virtual: () => import('./transcript/VirtualTurns.vue'),
  variables: () => import('./composer/PromptVariables.vue'),
  xray: () => import('./xray/XrayPanel.vue'),
  options: () => import('./options/ThreadOptionsPanel.vue'),
}

export const ToolCallView = defineAsyncComponent(parts.tools)
export const CitationCards = defineAsyncComponent(parts.citations)
export const AnswerMedia = defineAsyncComponent(parts.media)
export const MessageEditor = defineAsyncComponent(parts.editor)
export const CompareView = defineAsyncComponent(parts.compare)
export const VirtualTurns = defineAsyncComponent(parts.virtual)
export const PromptVariables = defineAsyncComponent(parts.variables)
export const XrayPanel = defineAsyncComponent(parts.xray)
export const ThreadOptionsPanel = defineAsyncComponent(parts.options)

/** Returns what calls the rest off. */
export function fetchLater(): () => void {
  const waiting = Object.values(parts)
  let cancel = () => undefined as void

  function next(): void {
    const part = waiting.shift()
    // What cannot be had now is asked for again when it is shown.
    if (part) cancel = whenIdle(() => void part().then(next, next))
  }

  next()
  return () => {
    waiting.length = 0
    cancel()
  }
}

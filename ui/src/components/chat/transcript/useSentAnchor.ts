// Room below a prompt that was just sent. The answer gets a least height that fills the rest of the view, so the prompt
// stands near the top at once and stays there: what is written only uses the room up, and nothing shifts.

import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import type { MessageId } from '@/domain'

/** Of a long prompt only its end stays in view, and the answer gets this share of it at least. */
const LEAST_SHARE = 0.5
const ABOVE_PX = 16

interface Options {
  scroller: Ref<HTMLElement | null>
  content: Ref<HTMLElement | null>
}

export function useSentAnchor({ scroller, content }: Options) {
  const anchor = ref<MessageId | null>(null)
  const room = ref(0)

  function measure(): void {
    const view = scroller.value?.clientHeight ?? 0
    const turns = [...(content.value?.querySelectorAll<HTMLElement>('article.turn') ?? [])]
    const prompt = turns.find((turn) => turn.dataset['messageId'] === anchor.value)
    if (!prompt || !content.value || !view) {
      room.value = 0
      return
    }
    observer?.observe(prompt)
    const below = parseFloat(getComputedStyle(content.value).paddingBlockEnd) || 0
    room.value = Math.max(view * LEAST_SHARE, view - prompt.offsetHeight - ABOVE_PX - below)
  }

  // The prompt grows too: by the note that it waits.
  const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(measure)
  watch(anchor, measure, { flush: 'post' })
  onMounted(() => scroller.value && observer?.observe(scroller.value))
  onBeforeUnmount(() => observer?.disconnect())

  return { anchor, room }
}

// Time since something began, counted only while it still runs.

import { onScopeDispose, ref, watch, type Ref } from 'vue'

const SECOND = 1000

/** Whole seconds since `startedAt`, in milliseconds; it moves on while `active`. */
export function useElapsed(startedAt: () => number, active: () => boolean): Ref<number> {
  const elapsed = ref(0)
  let timer: ReturnType<typeof setTimeout> | undefined

  function tick(): void {
    clearTimeout(timer)
    const exact = Math.max(0, Date.now() - startedAt())
    elapsed.value = Math.floor(exact / SECOND) * SECOND
    if (active()) timer = setTimeout(tick, SECOND - (exact % SECOND))
  }

  watch([active, startedAt], tick, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return elapsed
}

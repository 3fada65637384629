// Seconds since something began, counted only while somebody looks at a thing that still runs.

import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Milliseconds since `startedAt`, moving on once a second (or as told) while `active`. */
export function useElapsed(startedAt: () => number, active: () => boolean, everyMs = 1000): Ref<number> {
  const elapsed = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  const update = () => (elapsed.value = Math.max(0, Date.now() - startedAt()))
  const halt = () => clearInterval(timer)

  watch(
    active,
    (now) => {
      halt()
      update()
      if (now) timer = setInterval(update, everyMs)
    },
    { immediate: true },
  )
  onScopeDispose(halt)
  return elapsed
}

// Short messages at the edge of the page, read aloud politely. One that offers to undo stays as long as that is possible.
import { shallowRef, type ShallowRef } from 'vue'
import { t } from '@/i18n'

export interface ToastAction {
  label: string
  run: () => unknown
}

export interface Toast {
  id: number
  text: string
  kind: 'info' | 'success' | 'error'
  action?: ToastAction
}

export interface ToastOptions {
  kind?: Toast['kind']
  action?: ToastAction
  /** 0 stays until it is dismissed. */
  timeoutMs?: number
}

export interface Undoable {
  undo(): Promise<void>
  expiresAt: number
}

export interface Toasts {
  toasts: ShallowRef<readonly Toast[]>
  show(text: string, options?: ToastOptions): number
  /** Says what was done and offers to take it back until that expires. */
  showUndo(text: string, undoable: Undoable): number
  /** Takes back the newest thing that can be; false when there is none. */
  undoLast(): boolean
  dismiss(id: number): void
  /** Nothing disappears while somebody points at it or has the focus in it. */
  hold(held: boolean): void
}

const SHOWN_MS = 6000
const AT_MOST = 4

interface Timer {
  remaining: number
  since: number
  handle?: ReturnType<typeof setTimeout> | undefined
}

export function createToasts(): Toasts {
  const toasts = shallowRef<readonly Toast[]>([])
  const timers = new Map<number, Timer>()
  const undos = new Set<number>()
  let next = 1
  let held = false

  function dismiss(id: number): void {
    clearTimeout(timers.get(id)?.handle)
    timers.delete(id)
    undos.delete(id)
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  function start(id: number, timer: Timer): void {
    timer.since = Date.now()
    timer.handle = setTimeout(() => dismiss(id), timer.remaining)
  }

  function show(text: string, { kind = 'info', action, timeoutMs = SHOWN_MS }: ToastOptions = {}): number {
    const id = next++
    const same = toasts.value.find((toast) => toast.text === text && !toast.action)
    if (same) dismiss(same.id)
    const surplus = toasts.value.length - AT_MOST + 1
    for (const old of toasts.value.slice(0, Math.max(0, surplus))) dismiss(old.id)
    toasts.value = [...toasts.value, { id, text, kind, ...(action && { action }) }]
    if (timeoutMs > 0) {
      const timer: Timer = { remaining: timeoutMs, since: Date.now() }
      timers.set(id, timer)
      if (!held) start(id, timer)
    }
    return id
  }

  function showUndo(text: string, undoable: Undoable): number {
    const id = show(text, {
      timeoutMs: Math.max(0, undoable.expiresAt - Date.now()) || 1,
      action: { label: t('shell.undo'), run: () => undoable.undo() },
    })
    undos.add(id)
    return id
  }

  function undoLast(): boolean {
    const toast = toasts.value.findLast(({ id }) => undos.has(id))
    if (!toast) return false
    dismiss(toast.id)
    void toast.action?.run()
    return true
  }

  function hold(now: boolean): void {
    if (held === now) return
    held = now
    for (const [id, timer] of timers) {
      if (now) {
        clearTimeout(timer.handle)
        timer.remaining = Math.max(1, timer.remaining - (Date.now() - timer.since))
      } else start(id, timer)
    }
  }

  return { toasts, show, showUndo, undoLast, dismiss, hold }
}

let shared: Toasts | undefined

export const useToast = (): Toasts => (shared ??= createToasts())

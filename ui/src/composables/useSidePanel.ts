// The slot beside the conversation. One panel at a time is in it; where the focus was before is where it returns.
import { nextTick, shallowRef, type ShallowRef } from 'vue'

export interface SidePanels {
  /** The name of the panel that is open. */
  active: Readonly<ShallowRef<string | null>>
  open(name: string): void
  /** Closes the panel if it is the open one (any, without a name) and gives the focus back. */
  close(name?: string): void
  toggle(name: string): void
}

export function createSidePanels(): SidePanels {
  const active = shallowRef<string | null>(null)
  let trigger: Element | null = null

  function open(name: string): void {
    if (active.value === null) trigger = document.activeElement
    active.value = name
  }

  function close(name?: string): void {
    if (active.value === null || (name !== undefined && active.value !== name)) return
    active.value = null
    const back = trigger
    trigger = null
    void nextTick(() => {
      const lost = document.activeElement === document.body || document.activeElement === null
      if (lost && back instanceof HTMLElement && back.isConnected) back.focus()
    })
  }

  const toggle = (name: string) => (active.value === name ? close() : open(name))

  return { active, open, close, toggle }
}

let shared: SidePanels | undefined

export const useSidePanel = (): SidePanels => (shared ??= createSidePanels())

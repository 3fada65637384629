// One tooltip for the whole page. Whatever carries `data-tooltip` gets it on hover and on keyboard focus; it can be
// pointed at, Escape takes it away, and it stays until pointer or focus leave (WCAG 1.4.13). It repeats the accessible
// name, so assistive technology is not told of it again.
import { place } from '@/components/ui/place'
import { shownKeys } from '@/composables/keys'

const DELAY_MS = 450
/** A pointer on its way from the trigger to the tooltip is given this long. */
const GRACE_MS = 120

export function startTooltips(root: Document = document): () => void {
  const bubble = root.createElement('div')
  bubble.className = 'tooltip'
  bubble.setAttribute('aria-hidden', 'true')
  bubble.setAttribute('popover', 'manual')
  let owner: HTMLElement | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  // A dialog that grows moves what is in it.
  const moving = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(() => move())

  function show(target: HTMLElement): void {
    const text = target.dataset['tooltip']
    if (!text || !target.isConnected || target.getAttribute('aria-expanded') === 'true') return
    owner = target
    bubble.replaceChildren(text)
    for (const key of shownKeys(target.dataset['tooltipKeys'] ?? '')) {
      const cap = root.createElement('kbd')
      cap.textContent = key
      bubble.append(cap)
    }
    // Inside a modal dialog everything else is inert, so it must be its child.
    const home = target.closest('dialog') ?? root.body
    home.append(bubble)
    bubble.showPopover?.()
    moving?.observe(home)
    move()
  }

  function move(): void {
    if (!owner) return
    const view = { width: innerWidth, height: innerHeight }
    const size = { width: bubble.offsetWidth, height: bubble.offsetHeight }
    const at = place(owner.getBoundingClientRect(), size, view, 'below', 'center')
    Object.assign(bubble.style, { left: `${at.left}px`, top: `${at.top}px` })
  }

  function hide(): void {
    clearTimeout(timer)
    owner = null
    moving?.disconnect()
    bubble.remove()
  }

  function soon(action: () => void, ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(action, ms)
  }

  const carrier = (node: EventTarget | null): HTMLElement | null =>
    node instanceof Element ? node.closest<HTMLElement>('[data-tooltip]') : null

  function onOver(event: PointerEvent): void {
    if (event.pointerType === 'touch') return
    const target = carrier(event.target)
    if (bubble.contains(event.target as Node) || (target && target === owner)) clearTimeout(timer)
    else if (target) soon(() => show(target), owner ? 0 : DELAY_MS)
    else if (owner) soon(hide, GRACE_MS)
    else clearTimeout(timer)
  }

  function onFocus(event: FocusEvent): void {
    const target = carrier(event.target)
    if (target?.matches(':focus-visible')) soon(() => show(target), DELAY_MS)
  }

  function onKey(event: KeyboardEvent): void {
    if (!owner) return
    // The key that dismisses the tooltip does nothing else: the dialog around it stays.
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
    }
    hide()
  }

  const off = new AbortController()
  const options = { signal: off.signal, capture: true, passive: true }
  root.addEventListener('pointerover', onOver, options)
  root.addEventListener('focusin', onFocus, options)
  root.addEventListener('focusout', hide, options)
  root.addEventListener('pointerdown', hide, options)
  root.addEventListener('scroll', hide, options)
  root.addEventListener('keydown', onKey, { signal: off.signal, capture: true })
  return () => {
    hide()
    off.abort()
  }
}

// What jsdom lacks of a browser, as far as the shell uses it: modal dialogs and observers of sizes.

/** Opens and closes dialogs as browsers do, without the top layer. */
export function installDialogs(): void {
  const prototype = HTMLDialogElement.prototype
  prototype.showModal = function () {
    this.setAttribute('open', '')
    this.querySelector<HTMLElement>('[autofocus], input, button')?.focus()
  }
  prototype.close = function () {
    if (!this.hasAttribute('open')) return
    this.removeAttribute('open')
    queueMicrotask(() => this.dispatchEvent(new Event('close')))
  }
}

/** Tells each observed element one size, so that a virtual list shows what fits into it. */
export function installResizeObserver(width = 640, height = 480): void {
  globalThis.ResizeObserver = class {
    constructor(private readonly callback: ResizeObserverCallback) {}
    observe(target: Element): void {
      const contentRect = { width, height } as DOMRectReadOnly
      const entry = { target, contentRect } as ResizeObserverEntry
      queueMicrotask(() => this.callback([entry], this))
    }
    unobserve(): void {}
    disconnect(): void {}
  }
  Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, get: () => height })
  Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, get: () => width })
  HTMLElement.prototype.scrollTo ??= () => undefined
  HTMLElement.prototype.scrollIntoView ??= () => undefined
}

/** Lets promises, timers of no length and Vue come to rest. */
export async function settled(rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setTimeout(resolve))
}

export function press(target: Element, key: string, held: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...held })
  target.dispatchEvent(event)
  return event
}

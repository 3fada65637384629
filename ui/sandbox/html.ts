// A preview of HTML, in a frame within the frame: its scripts may run, but can reach nothing here, and neither they nor
// a link can lead it elsewhere, for the policy of the sandbox allows no frames with an address.
import type { ShowMessage } from './messages'
import type { Listener } from './listener'

/** A preview that is a bit higher than its window grows with every step its window grows: so often, and no more. */
const MOST_EQUAL_STEPS = 3

const REPORTER = `<script>{
  const tell = (message) => parent.postMessage(message, '*')
  const measure = () => tell({ height: document.documentElement.getBoundingClientRect().height })
  new ResizeObserver(measure).observe(document.documentElement)
  addEventListener('load', measure)
  addEventListener('error', (event) => event.message && tell({ error: event.message }))
  addEventListener('unhandledrejection', (event) => tell({ error: String(event.reason) }))
  document.currentScript.remove()
}</script>`

export function showHtml(content: HTMLElement, { source }: ShowMessage, listener: Listener): () => void {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.title = 'Preview'
  frame.srcdoc = withReporter(source)

  let [known, step, equalSteps] = [0, 0, 0]
  function hear(event: MessageEvent<unknown>): void {
    if (event.source !== frame.contentWindow) return
    const { height, error } = Object(event.data) as { height?: unknown; error?: unknown }
    if (typeof error === 'string') listener.error(error)
    if (typeof height !== 'number' || !(height > 0) || height === known) return
    equalSteps = height - known === step ? equalSteps + 1 : 0
    step = height - known
    known = height
    if (equalSteps >= MOST_EQUAL_STEPS) return
    frame.style.blockSize = `${Math.ceil(height)}px`
    listener.height(height)
  }

  window.addEventListener('message', hear)
  content.replaceChildren(frame)
  return () => window.removeEventListener('message', hear)
}

/** The reporter goes first, for nothing stands open there; but after the doctype, which counts only at the start. */
export function withReporter(source: string): string {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(source)?.[0]
  return doctype ? doctype + REPORTER + source.slice(doctype.length) : `<!doctype html>${REPORTER}${source}`
}

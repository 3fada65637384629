// The sandbox: shows what a model wrote, away from the page. Its own policy gives it an origin that nothing belongs to,
// no network and no navigation; it hears only the page that holds it, and tells only sizes and errors.
import type { SandboxMessage, ShowMessage } from './messages'
import { showDiagram } from './diagram'
import { showHtml } from './html'

const LARGEST_PX = 4000

const content = document.querySelector<HTMLElement>('#content')!

function tell(message: SandboxMessage): void {
  // The page checks which frame speaks; this side cannot know where the page lies.
  window.parent.postMessage(message, '*')
}

function tellHeight(height: number): void {
  tell({ type: 'size', height: Math.min(Math.ceil(height), LARGEST_PX) })
}

function tellError(message: string): void {
  tell({ type: 'error', message: message.slice(0, 500) })
}

function isShowMessage(data: unknown): data is ShowMessage {
  const message = data as ShowMessage | null
  return (
    typeof message === 'object' &&
    typeof message?.source === 'string' &&
    (message.type === 'html' || message.type === 'mermaid')
  )
}

let stop = (): void => {}

window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
  if (source !== window.parent || !isShowMessage(data)) return
  stop()
  // Of the same scheme as the page, or the browser would paint a background behind the frame.
  document.documentElement.style.colorScheme = data.theme
  const show = data.type === 'html' ? showHtml : showDiagram
  stop = show(content, data, { height: tellHeight, error: tellError })
})

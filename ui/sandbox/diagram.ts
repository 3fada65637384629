// A diagram that Mermaid draws. It writes styles into its drawing, which the page's own policy would never allow.
import type { Listener } from './listener'
import type { ShowMessage } from './messages'

let drawn = 0

export function showDiagram(content: HTMLElement, message: ShowMessage, listener: Listener): () => void {
  let stopped = false
  const tellHeight = () => listener.height(content.getBoundingClientRect().height)
  const observer = new ResizeObserver(tellHeight)

  draw(message).then(
    (drawing) => {
      if (stopped) return
      content.replaceChildren(drawing)
      tellHeight() // An observer in a frame that is out of sight stays silent.
      observer.observe(content)
    },
    (failure: unknown) => {
      if (!stopped) listener.error(failure instanceof Error ? failure.message : String(failure))
    },
  )
  return () => {
    stopped = true
    observer.disconnect()
  }
}

async function draw({ source, theme }: ShowMessage): Promise<Element> {
  const { default: mermaid } = await import('mermaid')
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme: theme === 'dark' ? 'dark' : 'default',
    fontFamily: 'system-ui, sans-serif',
  })
  const { svg } = await mermaid.render(`diagram-${++drawn}`, source)
  // A parsed document runs no script, whatever came through.
  const drawing = new DOMParser().parseFromString(svg, 'text/html').body.firstElementChild
  if (!drawing) throw new Error('The diagram is empty.')
  return drawing
}

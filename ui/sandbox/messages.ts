// What the page and its sandbox say to each other, by postMessage only. Types only, for both sides.

/** From the page, once the frame has loaded, and again for other content: what to show. */
export interface ShowMessage {
  type: 'html' | 'mermaid'
  source: string
  theme: 'light' | 'dark'
}

/** From the frame: how high its content is, in CSS pixels, or why there is none. */
export type SandboxMessage = { type: 'size'; height: number } | { type: 'error'; message: string }

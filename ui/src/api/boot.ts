// What the server tells the page when it serves it, and where everything lies relative to the page's root. Read once, as
// the page loads: the base is relative to the first address, and history navigation changes that.

export interface Boot {
  /** The absolute address of the app's root, with a slash at its end. */
  root: string
  version: string
  /** The gateway asks for a key of its own. */
  needsKey: boolean
  /** The address of the API to show to people. */
  gateway: string
  /** The model asked where none was chosen yet; empty leaves it to the list. */
  defaultModel: string
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** The settings in `meta[name=llms-settings]` as they count on a page at `address`. */
export function parseBoot(content: string | null, address: string): Boot {
  const told = parsed(content)
  const root = new URL(isText(told['base']) ? told['base'] : './', address)
  return {
    root: new URL('./', root).href,
    version: isText(told['version']) ? told['version'] : '',
    needsKey: told['needsKey'] === true,
    gateway: isText(told['gateway']) ? told['gateway'] : new URL('v1', root).href,
    defaultModel: isText(told['defaultModel']) ? told['defaultModel'] : '',
  }
}

function parsed(content: string | null): Record<string, unknown> {
  try {
    const told: unknown = JSON.parse(content ?? '')
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

let shared: Boot | undefined

export function useBoot(): Boot {
  shared ??= parseBoot(
    document.querySelector('meta[name="llms-settings"]')?.getAttribute('content') ?? null,
    document.baseURI,
  )
  return shared
}

// Four addresses below the app's root, wherever a server has put that, over the History API. An address that is none of
// them shows a new chat.
import { shallowRef, type ShallowRef } from 'vue'
import type { MessageId, ThreadId } from '@/domain'

export type Route =
  /** A conversation, or a new one; `messageId` is the one to show, on whichever branch it lies. */
  | { name: 'chat'; threadId: ThreadId | null; messageId?: MessageId; temporary?: boolean }
  | { name: 'recents'; query: string }
  | { name: 'analytics' }
  | { name: 'providers' }

export interface Router {
  route: ShallowRef<Route>
  push(route: Route): void
  replace(route: Route): void
  /** The address of a route, for links. */
  href(route: Route): string
  close(): void
}

/** The route of an address whose part below the root is `path`. */
export function parseRoute(path: string, search: string, hash: string): Route {
  const [first = '', id = ''] = path.split('/')
  const query = new URLSearchParams(search)
  if (first === 'recents') return { name: 'recents', query: query.get('q') ?? '' }
  if (first === 'analytics' || first === 'providers') return { name: first }
  const threadId = first === 'c' && id ? decoded(id) : null
  const messageId = hash.startsWith('#m-') ? decoded(hash.slice(3)) : ''
  const temporary = threadId === null && query.has('temporary')
  return { name: 'chat', threadId, ...(messageId && { messageId }), ...(temporary && { temporary }) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function routePath(route: Route): string {
  if (route.name === 'recents') return route.query ? `recents?q=${encodeURIComponent(route.query)}` : 'recents'
  if (route.name !== 'chat') return route.name
  if (route.threadId === null) return route.temporary ? '?temporary' : ''
  const message = route.messageId ? `#m-${encodeURIComponent(route.messageId)}` : ''
  return `c/${encodeURIComponent(route.threadId)}${message}`
}

/** `root` is the absolute address of the app, with a slash at its end. */
export function createRouter(root: string, view: Window = window): Router {
  const base = new URL(root, view.location.href).pathname

  function current(): Route {
    const { pathname, search, hash } = view.location
    return parseRoute(pathname.startsWith(base) ? pathname.slice(base.length) : '', search, hash)
  }

  const href = (route: Route) => base + routePath(route)
  const route = shallowRef<Route>(current())
  const update = () => (route.value = current())
  view.addEventListener('popstate', update)

  function push(next: Route): void {
    if (href(next) === href(route.value)) return replace(next)
    view.history.pushState(null, '', href(next))
    route.value = next
  }

  function replace(next: Route): void {
    view.history.replaceState(null, '', href(next))
    route.value = next
  }

  return { route, push, replace, href, close: () => view.removeEventListener('popstate', update) }
}

let shared: Router | undefined

/** The page's router; the first call, at start, tells where the root is. */
export function useRouter(root?: string): Router {
  if (!shared) {
    if (root === undefined) throw new Error('The router has not been started')
    shared = createRouter(root)
  }
  return shared
}

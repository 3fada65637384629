import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter, parseRoute, routePath, type Route } from '@/router'

const ORIGIN = location.origin
let router: ReturnType<typeof createRouter> | undefined

afterEach(() => {
  router?.close()
  history.replaceState(null, '', '/')
})

function at(address: string, root = '/'): ReturnType<typeof createRouter> {
  history.replaceState(null, '', address)
  return (router = createRouter(new URL(root, ORIGIN).href))
}

describe('routes', () => {
  it('are the four addresses of the app', () => {
    expect(at('/').route.value).toEqual({ name: 'chat', threadId: null })
    expect(at('/c/abc').route.value).toEqual({ name: 'chat', threadId: 'abc' })
    expect(at('/c/abc#m-7').route.value).toEqual({ name: 'chat', threadId: 'abc', messageId: '7' })
    expect(at('/recents?q=a%20b').route.value).toEqual({ name: 'recents', query: 'a b' })
    expect(at('/analytics').route.value).toEqual({ name: 'analytics' })
    expect(at('/providers').route.value).toEqual({ name: 'providers' })
    expect(at('/?temporary').route.value).toEqual({ name: 'chat', threadId: null, temporary: true })
  })

  it('lie below any path', () => {
    const below = at('/tools/llms/c/abc', '/tools/llms/')
    expect(below.route.value).toEqual({ name: 'chat', threadId: 'abc' })
    below.push({ name: 'analytics' })
    expect(location.pathname).toBe('/tools/llms/analytics')
    expect(below.href({ name: 'chat', threadId: null })).toBe('/tools/llms/')
  })

  it('show a new chat for what is none of them', () => {
    expect(at('/index.html').route.value).toEqual({ name: 'chat', threadId: null })
    expect(at('/c/%E0%A4%A').route.value).toEqual({ name: 'chat', threadId: '%E0%A4%A' })
  })

  it('come back out of their addresses, whatever is in them', () => {
    const id = fc.string({ minLength: 1, unit: 'grapheme' })
    const routes: fc.Arbitrary<Route> = fc.oneof(
      fc.record({ name: fc.constant('chat' as const), threadId: id }),
      fc.record({ name: fc.constant('chat' as const), threadId: id, messageId: id }),
      fc.record({ name: fc.constant('recents' as const), query: fc.string() }),
    )
    fc.assert(
      fc.property(routes, (route) => {
        const { pathname, search, hash } = new URL(routePath(route), 'http://host/')
        // A browser takes "." and ".." in a path for steps, escaped or not; identifiers are never those.
        fc.pre(!(route.name === 'chat' && /^\.{1,2}$/.test(route.threadId ?? '')))
        expect(parseRoute(pathname.slice(1), search, hash)).toEqual(route)
      }),
    )
  })

  it('follow back and forward', async () => {
    const mine = at('/')
    mine.push({ name: 'providers' })
    mine.push({ name: 'chat', threadId: 'x' })
    const moved = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }))
    history.back()
    await moved
    expect(mine.route.value).toEqual({ name: 'providers' })
  })

  it('do not pile up when one goes where one is', () => {
    const mine = at('/analytics')
    const before = history.length
    mine.push({ name: 'analytics' })
    expect(history.length).toBe(before)
  })
})

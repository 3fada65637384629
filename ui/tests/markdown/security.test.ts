// What a model writes can neither run nor reach the network. The elements themselves are looked at, at every step of a
// stream: no name of an element or attribute is there that was not meant to be.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import payloads from './corpus/payloads.json'
import { render, start } from './render'

const ELEMENTS = new Set(
  (
    'a abbr b bdi bdo blockquote br button caption cite code dd del details dfn div dl dt em figcaption figure h3 h4 h5 h6 hr i ' +
    'img input ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th ' +
    'thead tr u ul var wbr'
  ).split(' '),
)
const ATTRIBUTES = new Set(
  (
    'alt aria-expanded aria-label aria-pressed checked class data-align data-level data-tex decoding dir disabled hidden href ' +
    'rel role scope src start tabindex target title type'
  ).split(' '),
)
const CLASSES =
  /^(caret|loose|centered|dead-link|formula(-display|-block)?|html-(block|source)|table-scroll|picture(-load|-host|-missing)?|code-[a-z]+|visually-hidden|note(-label|-mark)?)$/

function problems(root: HTMLElement): string[] {
  return [...root.querySelectorAll('*')].flatMap((element) => {
    const name = element.localName
    const found = ELEMENTS.has(name) && element.namespaceURI === 'http://www.w3.org/1999/xhtml' ? [] : [`<${name}>`]
    for (const { name: key, value } of element.attributes) {
      if (!ATTRIBUTES.has(key)) found.push(`${name} ${key}`)
      if (key === 'href' && !/^(https?|mailto):/.test(value)) found.push(`href ${value}`)
      if (key === 'src' && !/^data:image\//.test(value)) found.push(`src ${value}`)
      if (key === 'target' && value !== '_blank') found.push(`target ${value}`)
      if (key === 'rel' && value !== 'noopener noreferrer nofollow') found.push(`rel ${value}`)
      if (key === 'type' && !['button', 'checkbox'].includes(value)) found.push(`type ${value}`)
    }
    if (name === 'a' && !element.hasAttribute('rel')) found.push('link without rel')
    for (const used of element.classList) if (!CLASSES.test(used)) found.push(`class ${used}`)
    return found
  })
}

const globals = globalThis as { pwned?: number }

beforeEach(() => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.reject(new Error('no network'))),
  )
})

afterEach(() => {
  expect(fetch).not.toHaveBeenCalled()
  expect(globals.pwned).toBeUndefined()
  expect(document.querySelectorAll('iframe, script, style, link, base, meta[http-equiv]')).toHaveLength(0)
})

describe('a hostile text', () => {
  it.each(payloads.map(({ name, markdown }) => [name, markdown]))('can do nothing: %s', (_, markdown) => {
    const loadImage = vi.fn(() => Promise.reject(new Error('no network')))
    const { root, renderer } = start({ loadImage })
    const step = Math.max(1, Math.floor(markdown.length / 50))
    for (let end = step; end < markdown.length; end += step) {
      renderer.update(markdown.slice(0, end))
      expect(problems(root)).toEqual([])
    }
    void renderer.finish(markdown)
    expect(problems(root)).toEqual([])
    expect(loadImage).not.toHaveBeenCalled()
  })

  it('is seen: what is not shown as an element is text', () => {
    expect(render('a <script>b</script> c').textContent).toBe('a <script>b</script> c')
    expect(render('<iframe src="x">y</iframe>').textContent).toBe('<iframe src="x">y</iframe>')
  })

  it('names no property of the objects behind it', () => {
    const root = render('[x][__proto__] [toString]\n\n[__proto__]: https://x.example')
    expect([...root.querySelectorAll('a')].map((link) => link.href)).toEqual(['https://x.example/'])
    expect(({} as Record<string, unknown>)['href']).toBeUndefined()
  })
})

describe('a picture elsewhere', () => {
  it('tells its host and is asked for on demand only, through the gateway', async () => {
    const loadImage = vi.fn(() => Promise.resolve(new Blob(['x'], { type: 'image/png' })))
    vi.stubGlobal(
      'URL',
      Object.assign(URL, { createObjectURL: () => 'blob:picture', revokeObjectURL: () => undefined }),
    )
    const { root, renderer } = start({ loadImage })
    await renderer.finish('![A cat](https://cats.example/1.png?x=1)')
    const button = root.querySelector('button')
    expect(button?.textContent).toContain('A cat')
    expect(button?.textContent).toContain('cats.example')
    expect(loadImage).not.toHaveBeenCalled()
    button?.focus()
    button?.click()
    await vi.waitFor(() => expect(root.querySelector('img')?.getAttribute('src')).toBe('blob:picture'))
    expect(loadImage).toHaveBeenCalledExactlyOnceWith('https://cats.example/1.png?x=1')
    expect(root.querySelector('img')?.alt).toBe('A cat')
    expect(document.activeElement).toBe(root.querySelector('img'))
  })

  it('says why it was not loaded, and can be asked for again', async () => {
    const { root, renderer } = start({ loadImage: () => Promise.reject(new Error('too large')) })
    await renderer.finish('![x](https://x.example/1.png)')
    root.querySelector('button')?.click()
    await vi.waitFor(() => expect(root.textContent).toContain('too large'))
    expect(root.querySelector('button')?.getAttribute('aria-disabled')).toBeNull()
  })

  it('is shown at once if it is part of the text', () => {
    const source = `data:image/png;base64,${'A'.repeat(5000)}`
    expect(render(`![dot](${source})`).querySelector('img')?.getAttribute('src')).toBe(source)
  })
})

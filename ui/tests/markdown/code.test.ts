import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { colour } from '@/markdown/highlight/colour'
import { GRAMMARS } from '@/markdown/highlight/grammars'
import { KINDS } from '@/markdown/highlight/kinds'
import { readLabel } from '@/markdown/highlight/languages'
import type { Runs } from '@/markdown/view/view'
import { render, start } from './render'

afterEach(() => vi.unstubAllGlobals())

const button = (root: HTMLElement, name: string) =>
  [...root.querySelectorAll('button')].find((candidate) => candidate.textContent === name)

describe('a block of code', () => {
  it('is a named region that takes the focus', () => {
    const region = render('```ts\nlet a\n```').querySelector('pre')
    expect(region?.getAttribute('role')).toBe('region')
    expect(region?.getAttribute('aria-label')).toBe('TypeScript code')
    expect(region?.tabIndex).toBe(0)
  })

  it('holds its text unchanged, however long', () => {
    const code = Array.from({ length: 500 }, (_, line) => (line % 7 ? `line ${line}\t<b>&amp;` : '')).join('\n')
    const root = render(`\`\`\`\n${code}\n\`\`\`\n`)
    expect(root.querySelector('code')?.textContent).toBe(code)
    expect(root.querySelectorAll('.code-part').length).toBeGreaterThan(5)
  })

  it('touches only its last lines while it grows', () => {
    const { root, renderer } = start()
    const code = Array.from({ length: 400 }, (_, line) => `line ${line}\n`).join('')
    renderer.update(`\`\`\`\n${code}`)
    const parts = [...root.querySelectorAll('.code-part')]
    const observer = new MutationObserver(() => undefined)
    observer.observe(root, { subtree: true, childList: true, characterData: true })
    renderer.update(`\`\`\`\n${code}and more`)
    const touched = observer.takeRecords().map((record) => record.target)
    expect(touched.every((node) => parts.at(-1)?.contains(node))).toBe(true)
    expect(touched).toHaveLength(1)
  })
})

describe('copying', () => {
  const writeText = vi.fn<(text: string) => Promise<void>>()

  beforeEach(() => {
    writeText.mockReset().mockResolvedValue()
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } })
  })

  it('takes what is there, also while more comes, and says so', async () => {
    const { root, renderer } = start()
    renderer.update('```js\nlet a\nlet b')
    button(root, 'Copy')?.click()
    expect(writeText).toHaveBeenCalledExactlyOnceWith('let a\nlet b')
    await vi.waitFor(() => expect(root.querySelector('[role=status]')?.textContent).toBe('Copied'))
    renderer.update('```js\nlet a\nlet b\nlet c')
    expect(button(root, 'Copied')).toBeDefined()
  })

  it('says if it did not work', async () => {
    writeText.mockRejectedValue(new Error('denied'))
    Object.assign(document, { execCommand: () => false })
    const root = render('```\nx\n```')
    button(root, 'Copy')?.click()
    await vi.waitFor(() => expect(root.querySelector('[role=status]')?.textContent).toBe('Not copied'))
  })

  it('works on a page without the clipboard API', async () => {
    vi.stubGlobal('navigator', { ...navigator, clipboard: undefined })
    const copied: string[] = []
    Object.assign(document, {
      execCommand: () => copied.push((document.activeElement as HTMLTextAreaElement).value) > 0,
    })
    const root = render('```\nx < y\n```')
    const copy = button(root, 'Copy')
    copy?.focus()
    copy?.click()
    await vi.waitFor(() => expect(copied).toEqual(['x < y']))
    expect(document.activeElement).toBe(copy)
    expect(document.querySelector('textarea')).toBeNull()
  })
})

describe('wrapping', () => {
  it('is switched for one block, and says its state', () => {
    const root = render('```\nx\n```\n\n```\ny\n```')
    button(root, 'Wrap')?.click()
    const blocks = [...root.querySelectorAll('.code-block')]
    expect(blocks.map((block) => block.classList.contains('wrapped'))).toEqual([true, false])
    expect(button(root, 'Wrap')?.getAttribute('aria-pressed')).toBe('true')
  })
})

describe('the label of a fence', () => {
  it.each([
    ['', '', '', 'code.txt'],
    ['python', 'python', 'Python', 'code.py'],
    ['Python3 linenums', 'python', 'Python', 'code.py'],
    ['{.rust}', 'rust', 'Rust', 'code.rs'],
    ['tsx', 'typescript', 'TypeScript', 'code.ts'],
    ['html', 'xml', 'HTML', 'code.html'],
    ['dockerfile', 'dockerfile', 'Dockerfile', 'Dockerfile'],
    ['js title="src/app.js"', 'javascript', 'JavaScript', 'app.js'],
    ['python:src/main.py', 'python', 'Python', 'main.py'],
    ['src/main.go', 'go', 'Go', 'main.go'],
    ['py title="../../.bashrc"', 'python', 'Python', '.bashrc'],
    ['py title="a<b>|c.py"', 'python', 'Python', 'a_b__c.py'],
    ['mermaid', '', 'Mermaid', 'code.mmd'],
    ['unheard-of', '', 'unheard-of', 'code.txt'],
  ])('%j is read', (info, language, name, fileName) => {
    expect(readLabel(info)).toMatchObject({ language, name, fileName })
  })

  it('names only grammars that there are', () => {
    for (const language of Object.keys(GRAMMARS)) expect(readLabel(language).language).toBe(language)
  })
})

describe('colours', () => {
  const words = (code: string, { lengths, kinds }: Runs) => {
    let at = 0
    return [...lengths].map((length, run) => [KINDS[kinds[run] ?? 0], code.slice(at, (at += length))])
  }

  it('tell the kind of each token', async () => {
    const code = 'def f(x):\n    return "a" # b\n'
    const runs = await colour(code, 'python')
    expect(words(code, runs).filter(([kind]) => kind)).toEqual([
      ['keyword', 'def'],
      ['function', 'f'],
      ['keyword', 'return'],
      ['string', '"a"'],
      ['comment', '# b'],
    ])
  })

  it.each(Object.keys(GRAMMARS))('cover every character of %s, and no more', async (language) => {
    const code = 'class A { x = "y" } // z\n<a b="c">&amp;</a>\n\tif 1 then `2` end\n'
    const { lengths } = await colour(code, language)
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(code.length)
  })

  it('come once the fence is closed, and change no character', async () => {
    const code = Array.from({ length: 120 }, (_, line) => `const a${line} = "${line}"`).join('\n')
    const highlight = vi.fn(colour)
    const { root, renderer } = start({ highlight })
    renderer.update(`\`\`\`js\n${code}`)
    expect(highlight).not.toHaveBeenCalled()
    renderer.update(`\`\`\`js\n${code}\n\`\`\`\n`)
    expect(highlight).toHaveBeenCalledExactlyOnceWith(code, 'javascript')
    await vi.waitFor(() => expect(root.querySelectorAll('.code-keyword')).toHaveLength(120))
    expect(root.querySelector('code')?.textContent).toBe(code)
    await renderer.finish(`\`\`\`js\n${code}\n\`\`\`\n`)
    expect(highlight).toHaveBeenCalledOnce()
  })

  it('are not asked for where code is very long or of no known language', () => {
    const highlight = vi.fn(colour)
    const { renderer } = start({ highlight })
    void renderer.finish(`\`\`\`js\n${'x'.repeat(300_000)}\n\`\`\`\n\n\`\`\`nothing\nx\n\`\`\`\n`)
    expect(highlight).not.toHaveBeenCalled()
  })
})

describe('a preview', () => {
  const told = (frame: HTMLIFrameElement, data: unknown) =>
    window.dispatchEvent(new MessageEvent('message', { data, source: frame.contentWindow }))

  it('is offered for pages and diagrams, once they are whole', () => {
    const { root, renderer } = start()
    renderer.update('```html\n<b>')
    expect(button(root, 'Preview')?.hidden).toBe(true)
    renderer.update('```html\n<b>\n```\n')
    expect(button(root, 'Preview')?.hidden).toBe(false)
    expect(button(render('```python\nx\n```'), 'Preview')?.hidden).toBe(true)
    expect(button(render('```mermaid\ngraph TD\n```'), 'Preview')?.hidden).toBe(false)
  })

  it('runs in a frame without an origin, which gets the source by message', () => {
    vi.stubGlobal('matchMedia', () => ({ matches: false }))
    const root = render('```mermaid\ngraph TD\n```')
    button(root, 'Preview')?.click()
    const frame = root.querySelector('iframe')!
    expect(frame.getAttribute('sandbox')).toBe('allow-scripts')
    expect(frame.getAttribute('src')).toBe('sandbox.html')
    expect(frame.title).toContain('mermaid')
    const sent = vi.spyOn(frame.contentWindow!, 'postMessage')
    frame.dispatchEvent(new Event('load'))
    expect(sent).toHaveBeenCalledWith({ type: 'mermaid', source: 'graph TD', theme: 'light' }, '*')
  })

  it('grows to what the frame says, within bounds, and listens to nobody else', () => {
    const root = render('```html\n<b>\n```')
    button(root, 'Preview')?.click()
    const frame = root.querySelector('iframe')!
    told(frame, { type: 'size', height: 300.2 })
    expect(frame.height).toBe('301')
    told(frame, { type: 'size', height: 1e9 })
    expect(frame.height).toBe('720')
    window.dispatchEvent(new MessageEvent('message', { data: { type: 'size', height: 99 }, source: window }))
    expect(frame.height).toBe('720')
    told(frame, { type: 'error', message: 'no such diagram' })
    expect(root.querySelector('[role=alert]')?.textContent).toContain('no such diagram')
  })

  it('closes, and is gone with its block', () => {
    const root = render('```html\n<b>\n```')
    button(root, 'Preview')?.click()
    button(root, 'Close preview')?.click()
    expect(root.querySelector('iframe')).toBeNull()
    expect(button(root, 'Preview')?.getAttribute('aria-expanded')).toBe('false')
  })
})

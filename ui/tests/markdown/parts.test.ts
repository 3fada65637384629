import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { typeset } from '@/markdown/formulas'
import { loadParts } from '@/markdown/load'
import MarkdownView from '@/markdown/MarkdownView.vue'

afterEach(() => vi.unstubAllGlobals())

const place = (text: string) => {
  const element = document.createElement('span')
  element.textContent = text
  return element
}

describe('formulas', () => {
  it('become mathematics that a screen reader can read too', async () => {
    const formula = place('$x^2$')
    typeset('x^2', false, formula)
    expect(formula.textContent).toBe('$x^2$')
    await vi.waitFor(() => expect(formula.querySelector('math msup')).not.toBeNull(), 5000)
    expect(formula.querySelector('.katex-html')?.getAttribute('aria-hidden')).toBe('true')
  })

  it('that are wrong show their source and say why', async () => {
    const formula = place('$\\frac{$')
    typeset('\\frac{', false, formula)
    await vi.waitFor(() => expect(formula.classList.contains('formula-wrong')).toBe(true), 5000)
    expect(formula.textContent).toBe('$\\frac{$')
    expect(formula.title).toContain('KaTeX')
  })

  it('can neither link, load pictures nor fill the page', async () => {
    const tex = [
      '\\href{javascript:alert(1)}{x}',
      '\\includegraphics{https://x.example}',
      '\\rule{9999em}{9999em}',
      '\\htmlId{a}{x}',
    ]
    const places = tex.map(place)
    tex.forEach((source, index) => typeset(source, true, places[index]!))
    await vi.waitFor(() => {
      for (const element of places) expect(element.matches('.typeset, .formula-wrong')).toBe(true)
    }, 5000)
    for (const element of places) {
      expect(element.querySelector('a, img, [id]')).toBeNull()
      for (const part of element.querySelectorAll<HTMLElement>('[style]')) {
        for (const [, em] of part.style.cssText.matchAll(/(-?[\d.]+)em/g))
          expect(Math.abs(Number(em))).toBeLessThanOrEqual(50)
      }
    }
  })

  it('whose macros never end are given up', async () => {
    const formula = place('x')
    typeset('\\def\\a{\\a\\a}\\a', false, formula)
    await vi.waitFor(() => expect(formula.classList.contains('formula-wrong')).toBe(true), 5000)
  })
})

describe('MarkdownView', () => {
  it('shows a text, goes on with it, and ends it', async () => {
    await loadParts()
    const view = mount(MarkdownView, { props: { source: 'some **bo', streaming: true, messageId: 'm1' } })
    await nextTick()
    expect(view.find('strong').text()).toBe('bo')
    const strong = view.find('p').element
    await view.setProps({ source: 'some **bold** words' })
    expect(view.text()).toBe('some bold words')
    expect(view.find('p').element).toBe(strong)
    expect(view.find('.caret').exists()).toBe(true)
    await view.setProps({ streaming: false })
    expect(view.find('.caret').exists()).toBe(false)
    expect(view.attributes('data-message-id')).toBe('m1')
    view.unmount()
  })
})

describe('workers', () => {
  const load = async () => {
    vi.resetModules()
    return (await import('@/markdown/workers')).trustedWorker
  }

  it('start from addresses of this page alone, through the one policy', async () => {
    const made: unknown[][] = []
    const createPolicy = vi.fn((_: string, rules: object) => rules)
    vi.stubGlobal('trustedTypes', { createPolicy })
    vi.stubGlobal(
      'Worker',
      class {
        constructor(...given: unknown[]) {
          made.push(given)
        }
      },
    )
    const trustedWorker = await load()
    trustedWorker('/assets/a.js', 'a')
    trustedWorker(new URL('/assets/b.js', location.href).href, 'b')
    expect(made).toEqual([
      ['/assets/a.js', { type: 'module', name: 'a' }],
      [new URL('/assets/b.js', location.href).href, { type: 'module', name: 'b' }],
    ])
    expect(createPolicy).toHaveBeenCalledExactlyOnceWith('llms-worker', expect.anything())
    for (const address of [
      'https://evil.example/x.js',
      '//evil.example/x.js',
      'data:text/javascript,1',
      'blob:https://evil.example/1',
    ]) {
      expect(() => trustedWorker(address, 'x')).toThrow(TypeError)
    }
    expect(made).toHaveLength(2)
  })
})

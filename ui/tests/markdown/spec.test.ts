// The examples of CommonMark's specification. What is shown differs from its HTML on purpose in a few ways, which `shape`
// takes out of both sides: headings are demoted, pictures wait, links lead to the web only, code has a head.

import { tests } from 'commonmark-spec'
import { describe, expect, it } from 'vitest'
import { render } from './render'

const BLOCKS = new Set(['BODY', 'DIV', 'BLOCKQUOTE', 'UL', 'OL', 'LI'])

function attributes(element: Element): string {
  if (element.tagName === 'OL' && element.hasAttribute('start')) return ` start=${element.getAttribute('start')}`
  return ''
}

function address(href: string): string {
  const whole = URL.canParse(href) ? new URL(href).href : href
  try {
    return decodeURI(whole).replaceAll('%5C', '\\')
  } catch {
    return whole
  }
}

function isBlock(node: Node | null): boolean {
  return node instanceof Element && node.matches('ul, ol, blockquote, pre, p, h1, h2, .code-block, [data-level]')
}

/** One way to write what both trees mean. */
function shape(node: Node, tight = false): string {
  if (node instanceof Text) {
    if (BLOCKS.has(node.parentElement?.tagName ?? '') && !node.data.trim()) return ''
    let text = node.data.replace(/ +\n/g, '\n')
    if (!node.nextSibling || isBlock(node.nextSibling)) text = text.replace(/\n+$/, '')
    if (isBlock(node.previousSibling) || node.previousSibling?.nodeName === 'BR') text = text.replace(/^\n/, '')
    return text
  }
  if (!(node instanceof Element)) return ''
  const inner = () => [...node.childNodes].map((child) => shape(child, tight)).join('')
  const isTight = node.matches('[dir]:is(ul, ol):not(.loose)')
  switch (true) {
    case node.matches('.code-block'):
      return `<pre>${node.querySelector('code')?.textContent}</pre>`
    case node.matches('pre'):
      return `<pre>${node.textContent.replace(/\n$/, '')}</pre>`
    case node.matches('[data-level]'):
      return `<h${node.getAttribute('data-level')}>${inner()}</h>`
    case node.matches('h1, h2, h3, h4, h5, h6'):
      return `<${node.tagName.toLowerCase()}>${inner()}</h>`
    case node.matches('.picture-load'):
      return `<img ${node.firstChild?.textContent}>`
    case node.matches('.picture-missing'):
      return `<img ${node.textContent}>`
    case node.matches('img'):
      return `<img ${node.getAttribute('alt') || 'Picture'}>`
    case node.matches('.dead-link'):
      return `<a ${address(node.getAttribute('title') ?? '')}>${inner()}</a>`
    case node.matches('a'):
      return `<a ${address(node.getAttribute('href') ?? '')}>${inner()}</a>`
    case node.matches('p') && tight && node.parentElement?.tagName === 'LI':
      return inner()
    case node.matches('.html-block[hidden]'):
      return ''
    case node.matches('br'):
      return '<br>'
    default: {
      const name = node.tagName.toLowerCase()
      const children = [...node.childNodes]
        .map((child) => shape(child, isTight || (tight && node.matches('li'))))
        .join('')
      return `<${name}${attributes(node)}>${children}</${name}>`
    }
  }
}

function expected(html: string): string {
  const parsed = new DOMParser().parseFromString(html, 'text/html').body
  return [...parsed.childNodes].map((node) => shape(node)).join('')
}

function shown(markdown: string): string {
  return [...render(markdown).childNodes].map((node) => shape(node)).join('')
}

/** Examples that are shown otherwise, and why. */
const OTHERWISE: Record<string, number[]> = {
  'tags of HTML that are not shown are text': [21, 31, 201, 344, 476, 477, 491, 494, 524, 536, 642, 643],
  'rare names of characters stay as they were written': [25],
  'GFM links bare addresses': [602, 608, 611, 612],
  'a formula': [12],
  'the address as the browser writes it': [603],
}
const otherwise = new Set(Object.values(OTHERWISE).flat())

describe('the examples of CommonMark', () => {
  for (const { number, section, markdown, html } of tests) {
    if (section === 'HTML blocks' || section === 'Raw HTML' || otherwise.has(number)) continue
    it(`${number} ${section}`, () => {
      expect(shown(markdown.replaceAll('→', '\t'))).toBe(expected(html.replaceAll('→', '\t')))
    })
  }
})

// The contract of the renderer: however a text is cut, the same elements come out, and what is finished is left alone.

import { tests } from 'commonmark-spec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NASTY } from './corpus/nasty'
import { html, render, start, stream } from './render'

const EXAMPLES = [...NASTY, ...tests.map(({ markdown }) => markdown.replaceAll('→', '\t'))]

/** Some examples in a row, and where to cut them: UTF-16 code units, so that emoji and line ends are split too. */
const cutTexts = fc
  .array(fc.constantFrom(...EXAMPLES), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('\n'))
  .chain((text) =>
    fc.record({
      text: fc.constant(text),
      cuts: fc.array(fc.nat({ max: text.length }), { maxLength: 40 }),
    }),
  )

/** Markdown out of its own markers, which no person would write. */
const noise = fc
  .array(
    fc.constantFrom(
      ...[
        '#',
        '-',
        '*',
        '_',
        '`',
        '```',
        '~~~',
        '>',
        '1.',
        '2)',
        '[',
        ']',
        '(',
        ')',
        '![',
        ']:',
        '|',
        '|-|',
        ':-',
        '$',
        '$$',
        '\\(',
      ],
      ...[
        '\\)',
        '\\[',
        '\\]',
        '<',
        '</',
        '<b>',
        '</b>',
        '<details>',
        '</details>',
        '<!--',
        '-->',
        '&amp;',
        '\\',
        ' ',
        '  ',
        '    ',
      ],
      ...['\t', '\n', '\n', '\n\n', '\r\n', '\r', 'a', 'b c', 'x', '[x]', '=', '---', '~~', 'http://x.y', '😀'],
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

function pieces(text: string, cuts: number[]): string[] {
  const ends = [...new Set([...cuts, text.length])].sort((one, other) => one - other)
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

describe('a text that arrives in pieces', () => {
  it.each(NASTY.map((text) => [text.slice(0, 40), text]))(
    'ends as when it came whole, by characters: %j',
    (_, text) => {
      const step = Math.max(1, Math.floor(text.length / 400))
      const cuts = Array.from({ length: Math.ceil(text.length / step) }, (_, index) => index * step)
      expect(html(stream(pieces(text, cuts)))).toBe(html(render(text)))
    },
  )

  it('ends as when it came whole, wherever it is cut', () => {
    fc.assert(
      fc.property(cutTexts, ({ text, cuts }) => {
        expect(html(stream(pieces(text, cuts)))).toBe(html(render(text)))
      }),
      { numRuns: 150 },
    )
  })

  it('ends as when it came whole, even if it is noise', () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat({ max: 150 }), { maxLength: 20 }), (text, cuts) => {
        const inside = cuts.filter((cut) => cut < text.length)
        expect(html(stream(pieces(text, inside)))).toBe(html(render(text)))
      }),
      { numRuns: 300 },
    )
  })

  it('looks the same on the way, whatever was shown before', () => {
    fc.assert(
      fc.property(cutTexts, fc.nat(), ({ text, cuts }, end) => {
        const part = text.slice(0, end % (text.length + 1))
        // Links that wait for a definition, and very long paragraphs, are brought up to date at the end.
        fc.pre(part.length < 8_000 && !part.includes(']:'))
        const inside = cuts.filter((cut) => cut < part.length)
        const grown = start()
        let shown = ''
        for (const piece of pieces(part, inside)) grown.renderer.update((shown += piece))
        const whole = start()
        whole.renderer.update(part)
        expect(html(grown.root)).toBe(html(whole.root))
      }),
      { numRuns: 150 },
    )
  })
})

describe('what is finished', () => {
  const FINISHED =
    '# Head\n\nFirst paragraph.\n\n- one\n- two\n\n| a |\n|---|\n| 1 |\n| 2 |\n\n```js\nlet a\n```\n\n> said\n\n'

  it('keeps its elements while the text grows', () => {
    const { root, renderer } = start()
    renderer.update(FINISHED)
    const before = [...root.querySelectorAll('*:not(.caret)')].filter((element) => !element.matches('blockquote'))
    let text = FINISHED
    for (const piece of ['More ', 'and **more', '** [x](', 'http://y.z)', '\n\n- l', 'ist\n'])
      renderer.update((text += piece))
    void renderer.finish(text)
    for (const element of before) expect(root.contains(element)).toBe(true)
  })

  it('keeps a selection, also in the paragraph that grows', () => {
    const { root, renderer } = start()
    renderer.update('Some words **here** and')
    const words = root.querySelector('p')?.firstChild as Text
    getSelection()?.setBaseAndExtent(words, 0, words, 10)
    for (const more of [
      'Some words **here** and then',
      'Some words **here** and then\n\nNext',
      'Some words **here** and then\n\nNext\n- x',
    ]) {
      renderer.update(more)
      expect(getSelection()?.toString()).toBe('Some words')
    }
  })

  it('keeps rows and items that are done', () => {
    const { root, renderer } = start()
    let text = '| n | m |\n|---|---|\n'
    renderer.update(text)
    for (let row = 0; row < 20; row++) renderer.update((text += `| ${row} | x |\n`))
    const rows = [...root.querySelectorAll('tr')]
    renderer.update((text += '| last | y |\n\n1. a\n2. b\n'))
    const items = [...root.querySelectorAll('li')]
    renderer.update((text += '3. c\n'))
    void renderer.finish(text)
    expect([...root.querySelectorAll('tr')].slice(0, rows.length)).toEqual(rows)
    expect([...root.querySelectorAll('li')].slice(0, 2)).toEqual(items)
  })

  it('is read once: the cost of a piece does not grow with the text', () => {
    const { root, renderer } = start()
    let text = ''
    const counts: number[] = []
    const observer = new MutationObserver(() => undefined)
    observer.observe(root, { subtree: true, childList: true, characterData: true })
    for (let index = 0; index < 200; index++) {
      renderer.update((text += `- item **${index}** with words\n`))
      counts.push(observer.takeRecords().length)
    }
    expect(Math.max(...counts.slice(100))).toBeLessThanOrEqual(Math.max(...counts.slice(5, 50)))
  })
})

describe('links whose address comes later', () => {
  it('become links at the end', () => {
    const text = 'See [it] and [that][t].\n\n- [it]\n\n[it]: https://a.example\n[t]: https://b.example\n'
    const root = stream([...text])
    expect([...root.querySelectorAll('a')].map((link) => link.href)).toEqual([
      'https://a.example/',
      'https://b.example/',
      'https://a.example/',
    ])
  })
})

describe('a text that is replaced', () => {
  it('shows the new text, keeping the blocks that are the same', () => {
    const { root, renderer } = start()
    void renderer.finish('# Same\n\nold words\n\nlast\n')
    const head = root.firstElementChild
    void renderer.finish('# Same\n\nnew **words**\n\nlast\n\nand more\n')
    expect(html(root)).toBe(html(render('# Same\n\nnew **words**\n\nlast\n\nand more\n')))
    expect(document.contains(head)).toBe(false)
  })

  it('goes on after its end, as a continued answer does', () => {
    const { root, renderer } = start()
    void renderer.finish('One [a] two')
    renderer.update('One [a] two three\n\n- x')
    void renderer.finish('One [a] two three\n\n- x\n\n[a]: https://a.example')
    expect(html(root)).toBe(html(render('One [a] two three\n\n- x\n\n[a]: https://a.example')))
  })
})

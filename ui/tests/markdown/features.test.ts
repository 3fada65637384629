import { afterEach, describe, expect, it, vi } from 'vitest'
import { html, render, start } from './render'

afterEach(() => vi.unstubAllGlobals())

describe('dollars', () => {
  const formulas = (text: string) => [...render(text).querySelectorAll('.formula')].map((place) => place.textContent)

  it.each([
    '$5 and $10',
    'from $5-$10, US$3,000 or CA$4',
    'costs $20/month or $200/year.',
    '$HOME:$PATH and ${x}',
    'a $ b $ c',
    '$ x$ and $x $',
    '\\$x$ and $x\\$',
    '`$x$`',
    'x$y$z',
    '$$',
    '$5 (about €4.60), then $6',
  ])('are money or the shell: %s', (text) => {
    expect(formulas(text)).toEqual([])
  })

  it.each([
    ['so $x^2$ is', ['$x^2$']],
    ['$a$, $b$; ($c$)', ['$a$', '$b$', '$c$']],
    ['it is $5x = 10$ then', ['$5x = 10$']],
    ['**$a*b$** and *c*', ['$a*b$']],
    ['\\(a + b\\) and \\[c\\] and $$d$$', ['\\(a + b\\)', '\\[c\\]', '$$d$$']],
    ['$a_1$ and $b_2$', ['$a_1$', '$b_2$']],
    ['$\\text{costs \\$5}$', ['$\\text{costs \\$5}$']],
  ])('are formulas: %s', (text, expected) => {
    expect(formulas(text)).toEqual(expected)
  })

  it('on lines of their own hold a formula that is set apart', () => {
    const typeset = vi.fn()
    const { root, renderer } = start({ typeset })
    void renderer.finish('text\n$$\na\n= b\n$$\nmore\n\n\\[ c \\]\n')
    const places = [...root.querySelectorAll('.formula-block')]
    expect(typeset.mock.calls).toEqual([
      ['a\n= b', true, places[0]],
      ['c', true, places[1]],
    ])
  })

  it('that never meet their other half stay text', () => {
    expect(render('$$\nx\n\ny').textContent).toBe('$$\nxy')
  })
})

describe('headings', () => {
  it('stand below those of the page and keep their order', () => {
    const root = render('# a\n## b\n### c\n#### d\n##### e\n###### f\n')
    expect([...root.children].map((head) => [head.localName, head.getAttribute('data-level')])).toEqual([
      ['h3', '1'],
      ['h4', '2'],
      ['h5', '3'],
      ['h6', '4'],
      ['h6', '5'],
      ['h6', '6'],
    ])
  })
})

describe('links', () => {
  it('open elsewhere and tell nothing', () => {
    const link = render('[x](https://x.example/a?b#c)').querySelector('a')
    expect(link?.getAttribute('href')).toBe('https://x.example/a?b#c')
    expect(link?.rel).toBe('noopener noreferrer nofollow')
    expect(link?.target).toBe('_blank')
  })

  it('into the page are no links, but show where they lead', () => {
    const root = render('[a](#top) [b](/c/1) [c](file.md)')
    expect(root.querySelectorAll('a')).toHaveLength(0)
    expect([...root.querySelectorAll('.dead-link')].map((link) => link.getAttribute('title'))).toEqual([
      '#top',
      '/c/1',
      'file.md',
    ])
  })
})

describe('lists', () => {
  it('have boxes for tasks, with a name', () => {
    const boxes = [...render('- [x] done\n- [ ] open\n- text [x]\n').querySelectorAll('input')]
    expect(boxes.map((box) => [box.disabled, box.checked, box.getAttribute('aria-label')])).toEqual([
      [true, true, 'Done'],
      [true, false, 'Not done'],
    ])
  })

  it('keep their first number', () => {
    expect(render('7. a\n8. b\n').querySelector('ol')?.start).toBe(7)
  })
})

describe('footnotes', () => {
  it('stand where they were written, and their marks are raised', () => {
    const root = render(
      'Said[^1] and[^long].\n\n[^1]: one\n[^long]: The *long* one.\n\n    More of it.\n\nEnd [^a-z].\n',
    )
    expect([...root.querySelectorAll('.note-mark')].map((mark) => mark.textContent)).toEqual(['1', 'long'])
    const notes = [...root.querySelectorAll('.note')]
    expect(notes.map((note) => note.querySelector('.note-label')?.textContent)).toEqual(['1', 'long'])
    expect(notes.map((note) => note.querySelectorAll('p').length)).toEqual([1, 2])
    expect(root.lastElementChild?.textContent).toBe('End [^a-z].')
  })
})

describe('tables', () => {
  it('scroll in a named region of their own', () => {
    const root = render('| a | b |\n|:-:|--:|\n| 1 | 2 |\n')
    const region = root.querySelector('.table-scroll')
    expect(region?.getAttribute('role')).toBe('region')
    expect(region?.getAttribute('tabindex')).toBe('0')
    expect(region?.getAttribute('aria-label')).toBe('Table')
    expect([...root.querySelectorAll('td')].map((cell) => cell.dataset['align'])).toEqual(['center', 'right'])
    expect([...root.querySelectorAll('th')].map((cell) => cell.scope)).toEqual(['col', 'col'])
  })
})

describe('a long table that grows', () => {
  it('keeps the widths of its columns until it ends', () => {
    const { root, renderer } = start()
    const text = `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(60)}`
    renderer.update(text)
    expect(root.querySelectorAll('colgroup > col')).toHaveLength(2)
    renderer.update(`${text}\nafter`)
    expect(root.querySelector('colgroup')).toBeNull()
    expect(root.querySelectorAll('tbody > tr')).toHaveLength(60)
  })
})

describe('folded parts', () => {
  it('hold Markdown', () => {
    const root = render(
      '<details>\n<summary>More *here*</summary>\n\n- a\n\n```\n</details>\n```\n\n</details>\n\nafter',
    )
    const details = root.querySelector('details')
    expect(details?.querySelector('summary')?.innerText ?? details?.querySelector('summary')?.textContent).toBe(
      'More here',
    )
    expect(details?.querySelector('summary em')).not.toBeNull()
    expect(details?.querySelector('li')?.textContent).toBe('a')
    expect(root.lastElementChild?.textContent).toBe('after')
  })
})

describe('directions of writing', () => {
  it('are found block by block; code and formulas run left to right', () => {
    const root = render('# א\n\nב\n\n- ג\n\n> ד\n\n| ה |\n|---|\n| ו |\n\n```\nx\n```\n\n$$x$$\n')
    for (const block of root.querySelectorAll('h3, p, ul, li, blockquote, th, td'))
      expect(block.getAttribute('dir')).toBe('auto')
    for (const block of root.querySelectorAll('pre, .formula-block')) expect(block.getAttribute('dir')).toBe('ltr')
  })
})

describe('while a text grows', () => {
  const shown = (text: string) => {
    const { root, renderer } = start()
    renderer.update(text)
    return root
  }

  it.each([
    ['some **bol', 'strong', 'bol'],
    ['some **bold*', 'strong', 'bold'],
    ['some *ital', 'em', 'ital'],
    ['some ~~gon', 'del', 'gon'],
    ['some `cod', 'code', 'cod'],
    ['some ``co`d', 'code', 'co`d'],
    ['**bold with `cod', 'strong', 'bold with cod'],
  ])('%j is shown as what it will be', (text, name, words) => {
    expect(shown(text).querySelector(name)?.textContent).toBe(words)
  })

  it.each([
    ['see [the notes](https://exam', 'see the notes'],
    ['a picture: ![alt](htt', 'a picture:'],
    ['words **', 'words'],
    ['x\n\n| a | b |', 'x'],
    ['x\n\n| a | b |\n|--', 'x'],
    ['x\n\n-', 'x'],
    ['x\n-', 'x'],
    ['x\n\n1.', 'x'],
    ['x\n\n#', 'x'],
    ['x\n\n```', 'x'],
    ['x\n\n[ref]: https://x.exam', 'x'],
    ['2 * 3 = 6 and 5*4', '2 * 3 = 6 and 5*4'],
    ['snake_case_na', 'snake_case_na'],
  ])('%j shows %j and no half of a mark', (text, words) => {
    expect(shown(text).textContent).toBe(words)
  })

  it('marks the end of its last text', () => {
    const { root, renderer } = start()
    const marked = () => [...root.querySelectorAll('.caret')].map((element) => element.localName)
    renderer.update('- a\n- b')
    expect(marked()).toEqual(['p'])
    expect(root.querySelector('.caret')?.textContent).toBe('b')
    renderer.update('- a\n- b\n\n```js\nx')
    expect(root.querySelector('.caret')?.textContent).toBe('x')
    renderer.update('- a\n- b\n\n```js\nx\n```\n\n| t |\n|---|\n| u |')
    expect(root.querySelector('.caret')?.textContent).toBe('u')
    void renderer.finish('- a\n- b')
    expect(marked()).toEqual([])
  })

  it('shows the caret before there is any text', () => {
    expect(shown('').classList.contains('caret')).toBe(true)
  })
})

describe('a long stored text', () => {
  it('is shown in pieces and ends complete', async () => {
    const text = Array.from({ length: 1500 }, (_, index) => `Paragraph **${index}** of many words.\n\n`).join('')
    const { root, renderer } = start()
    const finished = renderer.finish(text)
    const atOnce = root.childElementCount
    expect(atOnce).toBeGreaterThan(100)
    expect(atOnce).toBeLessThan(1500)
    await finished
    expect(root.childElementCount).toBe(1500)
  })

  it('gives way to another text that comes in between', async () => {
    const { root, renderer } = start()
    const first = renderer.finish('long\n\n'.repeat(6_000))
    await renderer.finish('short')
    await first
    expect(html(root)).toBe('<p dir="auto">short</p>')
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { showHtml, withReporter } from '../../sandbox/html'

describe('the reporter', () => {
  it('stands before all that a model wrote, so that nothing it left open can swallow it', () => {
    expect(withReporter('<!-- <script>')).toMatch(/^<!doctype html><script>[^]*<\/script><!-- <script>$/)
  })

  it('leaves a doctype at the start, where alone it counts', () => {
    expect(withReporter('\n<!DOCTYPE html>\n<p>')).toMatch(/^\n<!DOCTYPE html><script>[^]*<\/script>\n<p>$/)
  })
})

describe('a preview of HTML', () => {
  const content = document.createElement('main')
  document.body.append(content)
  let stop = (): void => {}
  const told: (number | string)[] = []

  function show(source = '<p>'): HTMLIFrameElement {
    stop = showHtml(
      content,
      { type: 'html', source, theme: 'light' },
      { height: (height) => told.push(height), error: (message) => told.push(message) },
    )
    return content.querySelector('iframe')!
  }

  function say(data: unknown, source: Window | null): void {
    window.dispatchEvent(new MessageEvent('message', { data, source }))
  }

  afterEach(() => {
    stop()
    told.length = 0
  })

  it('runs in a frame that may run scripts and nothing else', () => {
    const frame = show('<b>x</b>')
    expect(frame.getAttribute('sandbox')).toBe('allow-scripts')
    expect(frame.srcdoc).toContain('<b>x</b>')
  })

  it('passes on how high it is, once for each height', () => {
    const frame = show()
    for (const height of [100, 100, 250.5]) say({ height }, frame.contentWindow)
    expect(told).toEqual([100, 250.5])
    expect(frame.style.blockSize).toBe('251px')
  })

  it('stops growing where it would grow with its window for ever', () => {
    const frame = show()
    for (let height = 100; height < 1000; height += 16) say({ height }, frame.contentWindow)
    expect(told).toEqual([100, 116, 132, 148])
  })

  it('passes errors on', () => {
    say({ error: 'x is not defined' }, show().contentWindow)
    expect(told).toEqual(['x is not defined'])
  })

  it.each([null, 'text', { height: '9' }, { height: -1 }, { height: Number.NaN }, { error: 5 }, {}])(
    'takes no notice of %j',
    (data) => {
      say(data, show().contentWindow)
      expect(told).toEqual([])
    },
  )

  it('hears nobody but its own frame, and nobody once another is shown', () => {
    const first = show()
    say({ height: 5 }, window)
    stop()
    say({ height: 6 }, first.contentWindow)
    expect(told).toEqual([])
  })
})

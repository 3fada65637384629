import { describe, expect, it } from 'vitest'
import { bestMatches, fillVariables, mentionAt, variablesOf } from '@/components/chat/composer/commands'
import { isLongPaste, kindOf, problemsOf, refuse } from '@/components/chat/composer/files'
import { sends } from '@/components/chat/composer/keys'
import type { ModelInfo } from '@/domain'

const key = (init: Partial<KeyboardEvent> = {}) => ({
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...init,
})

describe('Enter', () => {
  it.each([
    ['alone', {}, true, false],
    ['with Ctrl', { ctrlKey: true }, true, true],
    ['with Cmd', { metaKey: true }, true, true],
    ['with Shift', { shiftKey: true }, false, false],
    ['with Alt', { altKey: true }, false, false],
    ['inside a composition', { isComposing: true }, false, false],
    ['that ends a composition in Safari', { keyCode: 229 }, false, false],
    ['Ctrl inside a composition', { isComposing: true, ctrlKey: true }, false, false],
  ])('%s', (_, init, enter, ctrlEnter) => {
    expect(sends(key(init), 'enter')).toBe(enter)
    expect(sends(key(init), 'ctrl-enter')).toBe(ctrlEnter)
  })
})

describe('mentions', () => {
  it.each([
    ['/sum', 4, { kind: 'prompt', query: 'sum', start: 0, end: 4 }],
    ['/', 1, { kind: 'prompt', query: '', start: 0, end: 1 }],
    ['ask @gpt', 8, { kind: 'model', query: 'gpt', start: 4, end: 8 }],
    ['@', 1, { kind: 'model', query: '', start: 0, end: 1 }],
    ['mail me@host', 12, null],
    ['and/or', 6, null],
    ['/two words', 10, null],
    ['ask @gpt now', 12, null],
  ])('%j at %d', (text, caret, expected) => expect(mentionAt(text, caret)).toEqual(expected))
})

describe('variables', () => {
  it('are listed once, in order', () => {
    expect(variablesOf('{{ tone }} for {{who}}, {{tone}}')).toEqual(['tone', 'who'])
  })
  it('are filled, and stay where nothing was given', () => {
    expect(fillVariables('{{a}} and {{ b }}', { a: '$&', b: '' })).toBe('$& and {{ b }}')
  })
})

it('ranks what starts with the query before what merely holds it', () => {
  const names = ['x/mini-gpt', 'gpt-5', 'claude', 'agpta']
  expect(bestMatches(names, 'gpt', (name) => name)).toEqual(['gpt-5', 'x/mini-gpt', 'agpta'])
})

describe('files', () => {
  it.each([
    ['a.png', 'image/png', 'image'],
    ['a.svg', 'image/svg+xml', 'text'],
    ['a.mp3', 'audio/mpeg', 'audio'],
    ['a.pdf', '', 'pdf'],
    ['main.rs', '', 'text'],
    ['data.json', 'application/json', 'text'],
    ['a.zip', 'application/zip', 'file'],
  ])('%s is %s %s', (name, type, kind) => expect(kindOf({ name, type })).toBe(kind))

  it('are refused when empty, huge, or too many', () => {
    expect(refuse({ name: 'a', size: 0 }, 0)?.code).toBe('empty')
    expect(refuse({ name: 'a', size: 1e9 }, 0)?.code).toBe('too-large')
    expect(refuse({ name: 'a', size: 1 }, 20)?.code).toBe('too-many')
    expect(refuse({ name: 'a', size: 1 }, 0)).toBeNull()
  })

  it('a long paste is counted in bytes', () => {
    expect(isLongPaste('a'.repeat(8192))).toBe(false)
    expect(isLongPaste('a'.repeat(8193))).toBe(true)
    expect(isLongPaste('語'.repeat(3000))).toBe(true)
  })
})

describe('before sending', () => {
  const model = (patch: Partial<ModelInfo>): ModelInfo => ({
    id: 'a/b',
    provider: 'a',
    name: 'b',
    input: ['text'],
    output: ['text'],
    raw: {},
    ...patch,
  })
  const picture = { name: 'cat.png', kind: 'image' as const, size: 10 }

  it('tells which files the model cannot read', () => {
    expect(problemsOf(model({}), [picture], 0)).toEqual([
      { code: 'modality', modality: 'image', model: 'a/b', names: ['cat.png'] },
    ])
    expect(problemsOf(model({ input: ['text', 'image'] }), [picture], 0)).toEqual([])
  })

  it('believes a model that tells nothing', () => {
    expect(problemsOf(model({ input: [] }), [picture], 0)).toEqual([])
    expect(problemsOf(undefined, [picture], 0)).toEqual([])
  })

  it('tells when the context is too small, text files included', () => {
    const text = { name: 'a.txt', kind: 'text' as const, size: 4000 }
    expect(problemsOf(model({ contextWindow: 1000 }), [text], 4)).toMatchObject([{ code: 'context', tokens: 1001 }])
    expect(problemsOf(model({ contextWindow: 1001 }), [text], 4)).toEqual([])
  })
})

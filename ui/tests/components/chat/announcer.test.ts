import { beforeEach, describe, expect, it } from 'vitest'
import { createAnnouncer, type Announcer, type Verbosity } from '@/components/chat/announce/announcer'
import { countWords, spoken } from '@/components/chat/announce/speech'

let said: string[]
let time: number
let verbosity: Verbosity
let announcer: Announcer

beforeEach(() => {
  said = []
  time = 0
  verbosity = 'sentences'
  announcer = createAnnouncer({
    verbosity: () => verbosity,
    say: (line) => said.push(line),
    now: () => time,
    phrases: {
      generating: () => 'Generating',
      ended: (how, words) => `${how}, ${words} words`,
      code: () => 'Code block',
    },
    locale: 'en',
  })
})

/** Writes the answer in pieces, as much time between them as told. */
function write(text: string, step = 3, pause = 400): void {
  announcer.started()
  for (let at = step; at < text.length; at += step) {
    time += pause
    announcer.grew(text.slice(0, at))
  }
}

const ANSWER = 'The first sentence. And **the second** one!\n\n- an item\n- another\n\nThe end'

describe('sentences', () => {
  it('are whole when they are said, and none is lost or said twice', () => {
    write(ANSWER)
    announcer.ended(ANSWER, 'complete')
    expect(said[0]).toBe('Generating')
    expect(said).toContain('The first sentence.')
    expect(said.at(-1)).toBe('complete, 12 words')
    expect(said.slice(1, -1).join(' ')).toBe(spoken(ANSWER, ''))
  })

  it('come together when the answer is fast', () => {
    write(ANSWER, 3, 1)
    expect(said).toEqual(['Generating'])
    announcer.ended(ANSWER, 'complete')
    expect(said).toHaveLength(3)
  })

  it('mention a code block once instead of reading it', () => {
    const text = 'Look:\n\n```ts\nconst a = 1. Then. More.\n```\n\nDone. Really.'
    write(text)
    announcer.ended(text, 'complete')
    const all = said.join(' ')
    expect(all).not.toContain('const')
    expect(all.match(/Code block/g)).toHaveLength(1)
    expect(all).toContain('Done.')
  })
})

it('says the state alone when that is the choice', () => {
  verbosity = 'status'
  write(ANSWER)
  announcer.ended(ANSWER, 'canceled')
  expect(said).toEqual(['Generating', 'canceled, 12 words'])
})

it('reads the whole answer at its end when that is the choice', () => {
  verbosity = 'answer'
  write(ANSWER)
  expect(said).toEqual(['Generating'])
  announcer.ended(ANSWER, 'length')
  expect(said.slice(1)).toEqual([spoken(ANSWER, ''), 'length, 12 words'])
})

it('is silent when switched off', () => {
  verbosity = 'off'
  write(ANSWER)
  announcer.ended(ANSWER, 'complete')
  expect(said).toEqual([])
})

it('leaves an error to its alert but reads what had come', () => {
  write('Half a sent', 3, 1)
  announcer.ended('Half a sent', 'error')
  expect(said).toEqual(['Generating', 'Half a sent'])
})

describe('spoken text', () => {
  it.each([
    ['# Head\n\ntext', 'Head text'],
    ['a [link](https://x.example) and ![a cat](cat.png)', 'a link and a cat'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 'a, b 1, 2'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['`code` and _snake_case_', 'code and _snake_case_'],
  ])('%j', (markdown, words) => expect(spoken(markdown, '')).toBe(words))

  it('counts words of scripts without spaces', () => {
    expect(countWords('今天天气很好', 'zh')).toBeGreaterThan(1)
    expect(countWords('two words')).toBe(2)
  })
})

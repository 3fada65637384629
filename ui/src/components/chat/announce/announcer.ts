// Decides what a screen reader is told about an answer that is being written.
//
// Token by token would be noise. By the reader's choice it is the state alone, finished sentences, the whole answer at
// its end, or nothing; why it stopped is always said, but for "off". Sentences are handed over in one piece at most once
// in `PAUSE_MS`, and the rest at the end.

import { countWords, endOfSentences, spoken } from './speech'

export type Verbosity = 'status' | 'sentences' | 'answer' | 'off'
export type Ending = 'complete' | 'canceled' | 'interrupted' | 'error' | 'length'

export interface AnnouncerOptions {
  verbosity: () => Verbosity
  /** Hands a line over to the live region. */
  say: (text: string) => void
  now: () => number
  phrases: {
    generating: () => string
    ended: (how: Exclude<Ending, 'error'>, words: number) => string
    code: () => string
  }
  locale?: string
}

const PAUSE_MS = 1000

export type Announcer = ReturnType<typeof createAnnouncer>

export function createAnnouncer({ verbosity, say, now, phrases, locale }: AnnouncerOptions) {
  let saidUpTo = 0
  let lookedAt = 0

  const tell = (text: string) => {
    const line = spoken(text, ` ${phrases.code()}. `)
    if (line) say(line)
  }

  return {
    started(): void {
      saidUpTo = 0
      lookedAt = now()
      if (verbosity() !== 'off') say(phrases.generating())
    },

    /** The text so far; called as often as it is shown. */
    grew(text: string): void {
      if (verbosity() !== 'sentences' || now() - lookedAt < PAUSE_MS) return
      lookedAt = now()
      const end = endOfSentences(text, saidUpTo, locale)
      if (end <= saidUpTo) return
      tell(text.slice(saidUpTo, end))
      saidUpTo = end
    },

    /** An error has its own alert; the text that came before it is still read. */
    ended(text: string, how: Ending): void {
      const chosen = verbosity()
      if (chosen === 'off') return
      if (chosen === 'sentences') tell(text.slice(saidUpTo))
      if (chosen === 'answer') tell(text)
      if (how !== 'error') say(phrases.ended(how, countWords(spoken(text, ''), locale)))
    },
  }
}

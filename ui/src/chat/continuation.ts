// Going on where an answer stopped: how to ask for it, and how the two parts are joined. Asked in words, models like to
// begin with the last words of what they said; those are not taken twice.
import type { RequestMessage } from '@/api/wire'
import type { ModelInfo } from '@/domain'

const INSTRUCTION =
  'Continue your last message exactly where it stopped, in the middle of the word if need be. ' +
  'Repeat nothing of it, and add no remark of your own.'

/** How far back a repeated beginning may reach. */
const FAR = 200
/** So many characters are no accident, nor are two whole words. */
const TELLING = 8
const TWO_WORDS = /\S\s+\S/

/** What follows the branch in the request: the answer so far, and, unless the model goes on by itself, the wish. */
export function continuationOf(partial: string, model: ModelInfo | undefined): RequestMessage[] {
  if (!partial) return []
  const soFar: RequestMessage = { role: 'assistant', content: partial }
  return model?.raw['supports_assistant_prefill'] === true
    ? // A trailing space is refused by models that go on from there.
      [{ ...soFar, content: partial.trimEnd() }]
    : [soFar, { role: 'user', content: INSTRUCTION }]
}

/** Joins what comes to what was there. Holds a beginning back as long as it may be a repetition. */
export class Joint {
  private readonly tail: string
  private cut: number | undefined

  constructor(private readonly partial: string) {
    this.tail = partial.slice(-FAR)
  }

  /** The whole answer, `came` being all that has come since; `ended` when no more will come. */
  join(came: string, ended: boolean): string {
    this.cut ??= this.repeated(came, ended)
    return this.cut === undefined ? this.partial : this.partial + came.slice(this.cut)
  }

  /** How many characters at the beginning of `came` are a repetition; undefined while that cannot be told. */
  private repeated(came: string, ended: boolean): number | undefined {
    for (let from = 0; from < this.tail.length; from++) {
      const end = this.tail.slice(from)
      if (!isTelling(end, this.tail[from - 1])) continue
      if (came.startsWith(end)) return end.length
      if (!ended && end.startsWith(came)) return undefined
    }
    return 0
  }
}

function isTelling(end: string, before: string | undefined): boolean {
  return end.length >= TELLING || ((before === undefined || /\s/.test(before)) && TWO_WORDS.test(end))
}

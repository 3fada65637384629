// The answers in the making as they are shown. Runs and mirrors say what there is, as often as they like; what is drawn
// changes at most once per frame. Smoothing and pauses hold back what is drawn, never what is kept; where that is not over
// yet when the answer is, the display outlasts it.
import { shallowReactive } from 'vue'
import type { Frames } from '@/chat/frames'
import { Reveal, type Smoothing } from '@/chat/reveal'
import type { LiveAnswer, LivePhase } from '@/chat/types'
import type { MessageId, ThreadId } from '@/domain'

/** Everything there is of an answer, whether it is drawn yet or not. */
export type LiveFacts = Omit<LiveAnswer, 'messageId' | 'threadId' | 'own' | 'backlog'>

export interface LiveSource {
  readonly facts: LiveFacts
  /** Takes what is new; it is drawn with the next frame. */
  update(patch: Partial<LiveFacts>): void
  /** The message holds everything now. A paused display stands until it is resumed; a fixed pace is kept to the end. */
  end(): void
}

export interface LiveBoard {
  open(of: { messageId: MessageId; threadId: ThreadId; own: boolean }, facts: LiveFacts): LiveSource
  get(messageId: MessageId): LiveAnswer | undefined
  /** Those that are not over, oldest first. */
  running(threadId: ThreadId): MessageId[]
  /** Those that are over and not shown whole yet. */
  held(threadId: ThreadId): MessageId[]
  pause(messageId: MessageId): void
  /** Lets a paused display go on; of an answer that is over, shows all. */
  resume(messageId: MessageId): void
}

class Entry implements LiveSource {
  readonly view: LiveAnswer
  readonly facts: LiveFacts
  paused = false
  over = false
  /** Something came while nobody looked: it is not played back. */
  private unseen = false
  private whole = false
  private readonly reveal = new Reveal()

  constructor(
    of: { messageId: MessageId; threadId: ThreadId; own: boolean },
    facts: LiveFacts,
    private readonly board: { changed(entry: Entry): void; smoothing(): Smoothing; frames: Frames },
  ) {
    this.facts = { ...facts }
    this.view = shallowReactive({ ...of, ...facts, backlog: 0 })
    // What is there when the display opens is shown at once.
    this.reveal.showAll(facts.content)
  }

  update(patch: Partial<LiveFacts>): void {
    this.unseen ||= this.board.frames.hidden()
    Object.assign(this.facts, patch)
    this.board.changed(this)
  }

  end(): void {
    this.over = true
    this.facts.phase = 'ended'
    this.facts.thinkingSince = undefined
    this.board.changed(this)
  }

  resume(): void {
    this.paused = false
    this.whole ||= this.over
  }

  /** Draws; true while there is more to draw in the next frame although nothing new has come. */
  draw(): boolean {
    const { frames, smoothing } = this.board
    const now = frames.now()
    const { content, reasoning, phase, ...rest } = this.facts
    if (this.paused) {
      this.reveal.rest(now)
      // Numbers go on; what is read stands still.
      Object.assign(this.view, rest, { toolCalls: this.view.toolCalls, phase: 'paused' satisfies LivePhase })
      this.view.backlog = content.length - this.view.content.length
      return false
    }
    const pace = smoothing()
    const atOnce = this.unseen || this.whole || (this.over && (pace !== '60cps' || frames.hidden()))
    this.unseen = false
    const shown = atOnce ? this.reveal.showAll(content) : this.reveal.advance(content, now, pace)
    const backlog = content.length - shown
    const drawn = phase === 'ended' && backlog > 0 ? ('answering' satisfies LivePhase) : phase
    Object.assign(this.view, rest, { phase: drawn, reasoning, content: content.slice(0, shown), backlog })
    return backlog > 0
  }
}

export function createLiveBoard(frames: Frames, smoothing: () => Smoothing): LiveBoard {
  const views = shallowReactive(new Map<MessageId, LiveAnswer>())
  const going = shallowReactive(new Set<MessageId>())
  const entries = new Map<MessageId, Entry>()
  const dirty = new Set<Entry>()

  function draw(): void {
    const due = [...dirty]
    dirty.clear()
    for (const entry of due) {
      if (entry.draw()) changed(entry)
      else if (entry.over && !entry.paused) remove(entry)
    }
  }

  function changed(entry: Entry): void {
    dirty.add(entry)
    frames.schedule(draw)
  }

  /** Draws now rather than with the next frame. */
  function drawNow(entry: Entry): void {
    dirty.add(entry)
    draw()
  }

  function remove(entry: Entry): void {
    const { messageId } = entry.view
    // The message may have been asked for again meanwhile.
    if (entries.get(messageId) !== entry) return
    entries.delete(messageId)
    views.delete(messageId)
  }

  const ids = (threadId: ThreadId, over: boolean) =>
    [...views.values()]
      .filter((view) => view.threadId === threadId && going.has(view.messageId) !== over)
      .map((view) => view.messageId)

  return {
    open(of, facts) {
      const entry = new Entry(of, facts, { changed, smoothing, frames })
      entries.set(of.messageId, entry)
      views.set(of.messageId, entry.view)
      going.add(of.messageId)
      const end = () => {
        entry.end()
        going.delete(of.messageId)
        // The message is shown with this very change: drawing later would show its end twice, or not at all.
        drawNow(entry)
      }
      return { facts: entry.facts, update: (patch) => entry.update(patch), end }
    },
    get: (messageId) => views.get(messageId),
    running: (threadId) => ids(threadId, false),
    held: (threadId) => ids(threadId, true),
    pause(messageId) {
      const entry = entries.get(messageId)
      if (!entry || entry.over) return
      entry.paused = true
      drawNow(entry)
    },
    resume(messageId) {
      const entry = entries.get(messageId)
      if (!entry?.paused && !entry?.over) return
      entry.resume()
      drawNow(entry)
    },
  }
}

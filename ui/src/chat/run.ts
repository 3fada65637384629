// One answer from its question to its end: asked, shown while it comes, kept as it grows, and finished exactly. Whatever
// happens, what has come is kept, and the message says how it ended.
import { Accumulator } from '@/api/accumulate'
import type { Client } from '@/api/client'
import { asGatewayError, GatewayError } from '@/api/errors'
import type { ChatRequest } from '@/api/wire'
import { besides, textOf, ToolTimes, toolCallsOf, type PutBlob } from '@/chat/answer'
import { Joint } from '@/chat/continuation'
import { endingOf, logOf, takenBy, type Taken } from '@/chat/ending'
import { exchange } from '@/chat/exchange'
import type { GatewayWait } from '@/chat/gateway'
import type { LiveBoard, LiveFacts, LiveSource } from '@/chat/live'
import { joined, joinedCalls, joinedReasoning, type AnswerPatch } from '@/chat/merge'
import { estimateTokens, Stopwatch } from '@/chat/metrics'
import type { Outbox } from '@/chat/outbox'
import { throttle, type Throttle } from '@/chat/throttle'
import type { Message, MessageId, MessageStatus, ModelInfo, ThreadId, ToolCall, Xray } from '@/domain'
import type { ThreadStore } from '@/stores/contract'
import type { Patch } from '@/stores/plain'
import type { OwnedRun, Runs } from '@/stores/runs'
import type { LiveState, Tabs } from '@/stores/tabs'

const CHECKPOINT_MS = 1000
const TELL_MS = 50

export interface RunDeps {
  client: Client
  board: LiveBoard
  runs: Runs
  tabs: Pick<Tabs, 'withStreamSlot'>
  threads: Pick<ThreadStore, 'updateMessageInThread' | 'logRequest'>
  putBlob: PutBlob
  gateway: GatewayWait
  outbox: Outbox
  modelById(id: string): ModelInfo | undefined
  now(): number
}

export interface Job {
  threadId: ThreadId
  messageId: MessageId
  /** The prompt, where it is sent with this answer: it waits together with it. */
  promptId?: MessageId | undefined
  model: string
  /** The answer that is continued. */
  before?: Message | undefined
  trimmed?: number
  /** Waits for the gateway first, as it did before the page was loaded. */
  waits?: boolean
}

export class Run {
  withdrawn = false
  /** Resolves when the run is over and all of it is stored. */
  finished: Promise<void> = Promise.resolve()
  private ending = false
  private readonly abort = new AbortController()
  private readonly source: LiveSource
  private readonly joint: Joint
  private answer = new Accumulator()
  private watch: Stopwatch
  private times = new ToolTimes()
  private xray: Xray | undefined
  private requestId = ''
  private request: ChatRequest | undefined
  private owned: OwnedRun | undefined
  private told = { content: 0, reasoning: 0 }
  private saving: Promise<unknown> = Promise.resolve()
  private readonly checkpoint: Throttle
  private readonly tell: Throttle

  constructor(
    readonly job: Job,
    private readonly deps: RunDeps,
  ) {
    const { now, board } = deps
    this.watch = new Stopwatch(now())
    this.joint = new Joint(job.before?.content ?? '')
    this.source = board.open({ messageId: job.messageId, threadId: job.threadId, own: true }, this.firstFacts())
    this.checkpoint = throttle(() => this.save(), CHECKPOINT_MS, now)
    this.tell = throttle(() => this.tellOthers(), TELL_MS, now)
  }

  /** Says to the other tabs that the answer is made here. Before its message is stored, or it would have no owner. */
  async own(): Promise<void> {
    const owner = { snapshot: () => this.snapshot(), stop: () => this.stop() }
    this.owned = await this.deps.runs.own(this.job.messageId, owner)
    const { content, reasoning } = this.source.facts
    this.told = { content: content.length, reasoning: reasoning.length }
  }

  private snapshot(): LiveState {
    // The pieces that follow must fit on to it.
    this.tellOthers()
    const { content, reasoning } = this.source.facts
    return { threadId: this.job.threadId, content, reasoning, ...stateOf(this.source.facts) }
  }

  stop(): void {
    if (!this.ending) this.abort.abort(new DOMException('stopped', 'AbortError'))
  }

  /** Stops an answer that waits for the gateway, and leaves its message to the caller. */
  withdraw(): void {
    this.withdrawn = true
    this.stop()
  }

  get waitsForGateway(): boolean {
    return this.source.facts.waitsFor === 'gateway'
  }

  /** The page may be about to go. */
  saveNow(): void {
    this.checkpoint.cancel()
    if (!this.ending) this.save()
  }

  /** The page goes, and takes with it what is not written by now. */
  rescue(): void {
    const { threadId, messageId } = this.job
    const { content, reasoning } = this.source.facts
    if (!this.ending) this.deps.outbox.rescue({ threadId, messageId, content, reasoning })
  }

  /** Asks and reads to the end. Never rejects. `build` makes the request, and may find that it cannot be made. */
  go(build: () => Promise<ChatRequest>): Promise<void> {
    this.finished = this.live(build)
    return this.finished
  }

  /** Lets the display and the other tabs go: what is to be stored is stored. */
  discard(): void {
    this.source.end()
    this.owned?.end()
  }

  private async live(build: () => Promise<ChatRequest>): Promise<void> {
    let failure: GatewayError | null = null
    try {
      this.request = await build()
      await this.ask(this.request)
    } catch (error) {
      failure = this.failureOf(error)
    }
    await this.finish(failure)
  }

  private failureOf(error: unknown): GatewayError | null {
    const { signal } = this.abort
    const cause: unknown = signal.aborted ? signal.reason : error
    if (signal.aborted || !(error instanceof GatewayError)) void this.cancelCall()
    if (cause instanceof DOMException && cause.name === 'AbortError') return null
    return asGatewayError(cause, this.xray !== undefined)
  }

  private async cancelCall(): Promise<void> {
    if (this.requestId) await this.deps.client.cancel(this.requestId)
  }

  // --- Asking --------------------------------------------------------------------------------------------------------

  private async ask(request: ChatRequest): Promise<void> {
    const { tabs, client } = this.deps
    const { signal } = this.abort
    if (this.job.waits) await this.takeUp()
    for (;;) {
      try {
        return await tabs.withStreamSlot(
          () => this.exchange(request),
          signal,
          (waiting) => this.waitForSlot(waiting),
        )
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof GatewayError) || error.code !== 'unreachable') throw error
        if (await client.healthy(signal)) throw error
        signal.throwIfAborted()
      }
      await this.waitForGateway()
    }
  }

  private waitForSlot(waiting: boolean): void {
    this.show(waiting ? { phase: 'queued', waitsFor: 'stream' } : { phase: 'connecting', waitsFor: undefined })
  }

  private async waitForGateway(): Promise<void> {
    const { outbox, gateway } = this.deps
    const { threadId, messageId, promptId } = this.job
    this.requestId = ''
    this.show({ phase: 'queued', waitsFor: 'gateway' })
    outbox.putWaiting({ threadId, messageId, ...(promptId ? { promptId } : {}) })
    await this.mark('queued', 'queued')
    try {
      await gateway.back(this.abort.signal)
    } finally {
      await this.endWait()
    }
  }

  /** A run that waited before the page was loaded. */
  private async takeUp(): Promise<void> {
    const { signal } = this.abort
    this.show({ phase: 'queued', waitsFor: 'gateway' })
    if (await this.deps.client.healthy(signal)) return this.endWait()
    signal.throwIfAborted()
    await this.waitForGateway()
  }

  private async endWait(): Promise<void> {
    this.deps.outbox.removeWaiting(this.job.messageId)
    if (this.withdrawn) return
    await this.mark('streaming', 'complete')
    this.show({ phase: 'connecting', waitsFor: undefined })
  }

  private async mark(answer: MessageStatus, prompt: MessageStatus): Promise<void> {
    const { threadId, messageId, promptId } = this.job
    await this.patch({ status: answer }, messageId)
    if (promptId) await this.deps.threads.updateMessageInThread(threadId, promptId, { status: prompt })
  }

  private exchange(request: ChatRequest): Promise<void> {
    const listener = {
      onSend: (requestId: string) => this.sent(requestId),
      onHeaders: (xray: Xray) => {
        this.xray = { ...xray, ...(this.job.trimmed ? { trimmed: this.job.trimmed } : {}) }
        this.show({ phase: 'waiting', provider: xray.provider, model: xray.model ?? this.job.model })
      },
      onChunk: () => this.grew(),
    }
    return exchange(this.deps.client, request, this.answer, listener, this.abort)
  }

  private sent(requestId: string): void {
    this.requestId = requestId
    this.watch = new Stopwatch(this.deps.now())
    const maxTokens = this.request?.['max_completion_tokens'] as number | undefined
    this.show({ phase: 'connecting', waitsFor: undefined, startedAt: this.watch.startedAt, maxTokens })
  }

  // --- Growing -------------------------------------------------------------------------------------------------------

  private seen = { content: 0, reasoning: 0, calls: 0 }

  private grew(): void {
    const now = this.deps.now()
    const { first } = this.answer
    const content = textOf(this.answer)
    const argumentsLength = first.toolCalls.reduce((sum, call) => sum + 1 + call.function.arguments.length, 0)
    const facts: Partial<LiveFacts> = {}
    if (first.reasoning.length > this.seen.reasoning) {
      this.watch.thinks(now)
      facts.phase = 'thinking'
      facts.reasoning = joinedReasoning(this.job.before?.reasoning, first.reasoning)
    }
    if (content.length > this.seen.content) {
      this.watch.answers(now)
      facts.phase = 'answering'
      facts.content = this.joint.join(content, false)
    }
    if (argumentsLength > this.seen.calls) {
      this.watch.answers(now)
      this.times.grew(first.toolCalls.at(-1)!.index, now)
      facts.phase = 'tools'
      facts.toolCalls = this.toolCalls()
    }
    this.seen = { content: content.length, reasoning: first.reasoning.length, calls: argumentsLength }
    this.show({ ...facts, ...this.numbers(now) })
    this.checkpoint.call()
  }

  private numbers(now: number): Partial<LiveFacts> {
    const tokens = this.answer.usage?.completion_tokens ?? estimateTokens(this.characters())
    return {
      ttftMs: this.watch.ttftMs,
      reasoningMs: this.watch.reasoningMs,
      thinkingSince: this.watch.thinkingSince,
      tokens: (this.job.before?.metrics?.tokens ?? 0) + tokens,
      tokensPerSecond: this.watch.speed(tokens, now),
    }
  }

  private characters(): number {
    return this.seen.content + this.seen.reasoning + this.seen.calls
  }

  private toolCalls(): ToolCall[] {
    return joinedCalls(this.job.before?.toolCalls, toolCallsOf(this.answer.first.toolCalls, this.times))
  }

  private show(facts: Partial<LiveFacts>): void {
    this.source.update(facts)
    this.tell.call()
  }

  private tellOthers(): void {
    const { content, reasoning } = this.source.facts
    const added = { content: content.slice(this.told.content), reasoning: reasoning.slice(this.told.reasoning) }
    this.told = { content: content.length, reasoning: reasoning.length }
    this.owned?.tell({ ...added, patch: stateOf(this.source.facts) })
  }

  private firstFacts(): LiveFacts {
    const { before, model } = this.job
    return {
      phase: 'connecting',
      content: before?.content ?? '',
      reasoning: before?.reasoning ?? '',
      toolCalls: before?.toolCalls ?? [],
      startedAt: this.watch.startedAt,
      tokens: before?.metrics?.tokens ?? 0,
      model,
    }
  }

  /** Keeps what there is so far; the next one waits until this one is done. */
  private save(): void {
    const { content, reasoning, toolCalls } = this.source.facts
    const patch = { content, ...(reasoning ? { reasoning } : {}), ...(toolCalls.length ? { toolCalls } : {}) }
    this.saving = this.saving.then(() => this.patch(patch, this.job.messageId, false))
  }

  private async patch(patch: Patch<Message>, id: MessageId, durable = true): Promise<void> {
    try {
      const message = await this.deps.threads.updateMessageInThread(this.job.threadId, id, patch, { durable })
      // Deleted meanwhile: nobody waits for the answer.
      if (!message) this.stop()
    } catch (error) {
      console.error('An answer could not be stored:', error)
    }
  }

  // --- Ending --------------------------------------------------------------------------------------------------------

  private async finish(failure: GatewayError | null): Promise<void> {
    const stopped = this.abort.signal.aborted && !failure
    this.ending = true
    this.checkpoint.cancel()
    this.tell.cancel()
    await this.saving
    if (!this.withdrawn) await this.store(failure, stopped)
    this.deps.outbox.removeRescued(this.job.messageId)
    this.discard()
  }

  private async store(failure: GatewayError | null, stopped: boolean): Promise<void> {
    const { before, threadId, messageId, model } = this.job
    const { answer, request, watch, requestId } = this
    // A call that was refused can be looked up too.
    const xray = this.xray ?? (requestId ? { requestId } : undefined)
    const now = this.deps.now()
    watch.stopsThinking(now)
    this.times.end(now)
    const taken = requestId ? this.taken(now) : undefined
    const patch = { ...(await this.answerPatch()), ...(taken ? { metrics: taken.metrics } : {}) }
    const { finishReason } = answer.first
    const ending = endingOf({ failure, stopped, patch, before, finishReason, request, now })
    await this.patch({ ...NOTHING, ...(before ? joined(before, patch) : patch), xray, ...ending }, messageId)
    if (!taken) return
    await this.deps.threads
      .logRequest(logOf({ threadId, messageId, model, xray, taken, ending }))
      .catch((error: unknown) => console.error('A request could not be logged:', error))
  }

  private async answerPatch(): Promise<AnswerPatch> {
    const { first, usage } = this.answer
    const { links, ...found } = await besides(this.answer, this.job.threadId, this.deps.putBlob).catch(
      (error: unknown) => {
        console.error('What came with an answer could not be stored:', error)
        return { links: '' }
      },
    )
    const { reasoningMs } = this.watch
    const toolCalls = toolCallsOf(first.toolCalls, this.times)
    return {
      content: this.joint.join(textOf(this.answer), true) + links,
      ...(first.reasoning ? { reasoning: first.reasoning } : {}),
      ...(reasoningMs === undefined ? {} : { reasoningMs }),
      ...(toolCalls.length ? { toolCalls } : {}),
      ...found,
      ...(usage ? { usage } : {}),
    }
  }

  private taken(now: number): Taken {
    const { answer, request, watch, xray } = this
    const { modelById } = this.deps
    const answered = xray?.provider && xray.model ? modelById(`${xray.provider}/${xray.model}`) : undefined
    const model = answered ?? modelById(this.job.model)
    const showedReasoning = this.seen.reasoning > 0
    return takenBy({ answer, request, watch, characters: this.characters(), showedReasoning, model, now })
  }
}

/** What an answer that is asked for anew must not keep of the former one. */
const NOTHING = {
  reasoning: undefined,
  reasoningMs: undefined,
  toolCalls: undefined,
  citations: undefined,
  images: undefined,
  audio: undefined,
  carry: undefined,
  usage: undefined,
  metrics: undefined,
} satisfies Patch<Message>

/** What other tabs are told beside the text. */
function stateOf(facts: LiveFacts): Omit<LiveState, 'threadId' | 'content' | 'reasoning'> {
  const { phase, startedAt, provider, model, toolCalls, ttftMs, tokens, tokensPerSecond } = facts
  const metrics = clean({ startedAt, ttftMs, tokens, tokensPerSecond })
  return { phase, startedAt, toolCalls, metrics, ...clean({ provider, model }) }
}

function clean<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}

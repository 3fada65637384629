// The engine of the chat: what a person wants of a thread (ask, stop, ask again, edit, go on, compare), turned into
// messages and runs. Knows no components; everything it works with is given to it.
import { asGatewayError, GatewayError } from '@/api/errors'
import type { Boot } from '@/api/boot'
import type { ChatRequest } from '@/api/wire'
import type { ReadBlob } from '@/chat/attachments'
import { mirrorOtherTabs } from '@/chat/mirrors'
import type { Outbox } from '@/chat/outbox'
import { createQueue } from '@/chat/queue'
import { createRecovery } from '@/chat/recovery'
import { refusalOf } from '@/chat/refusal'
import type { Job, Run, RunDeps } from '@/chat/run'
import type { Chat, Outgoing, Rerun, Sent } from '@/chat/types'
import type { Attachment, ChatParams, Message, MessageId, Thread, ThreadId } from '@/domain'
import { t } from '@/i18n'
import type { ThreadStore } from '@/stores/contract'
import { newId } from '@/stores/ids'
import type { ModelStore } from '@/stores/models'
import type { SettingsStore } from '@/stores/settings'
import type { Tabs } from '@/stores/tabs'

/** How many models may answer one prompt side by side. */
const MOST_COMPARED = 4
const DEMO = 'demo/'

export interface ChatDeps extends Omit<RunDeps, 'modelById' | 'threads' | 'tabs'> {
  threads: ThreadStore
  tabs: Tabs
  outbox: Outbox
  models: ModelStore
  settings: Pick<SettingsStore, 'settings' | 'saveSettings' | 'applySettings'>
  boot: Pick<Boot, 'defaultModel'>
  getBlob: ReadBlob
  /** Calls back when the page is hidden, or, for good as it seems, goes. */
  onHide(callback: (going: boolean) => void): void
}

/** An answer to be made: where, by which model, from what. */
interface Plan {
  job: Omit<Job, 'messageId'> & { messageId?: MessageId }
  thread: Thread
  params?: ChatParams | undefined
  /** The message that the request ends with. */
  lastId: MessageId
}

export function createChat(deps: ChatDeps): Chat {
  const { threads, models, settings, board, outbox, runs: liveRuns } = deps
  const runs = new Map<MessageId, Run>()
  const runDeps: RunDeps = { ...deps, modelById: (id) => models.byId(id) }
  const running = () => import('@/chat/running')
  /** Threads whose next answer is about to begin. */
  const starting = new Set<ThreadId>()
  const isBusy = (threadId: ThreadId) => starting.has(threadId) || board.running(threadId).length > 0

  const queue = createQueue({
    outbox,
    threads,
    locks: deps.tabs.locks,
    isBusy,
    start: (message) => begin(message.threadId, message, message.models, message.id),
  })

  const recovery = createRecovery({
    outbox,
    threads,
    liveRuns,
    locks: deps.tabs.locks,
    active: () => runs.values(),
    async adopt({ threadId, messageId, promptId }, thread, message) {
      const job = { threadId, messageId, promptId, model: message.model ?? modelFor(thread), waits: true }
      await launch({ job, thread, lastId: message.parentId! }, async () => undefined)
    },
  })

  // --- Finding things ------------------------------------------------------------------------------------------------

  function need(messageId: MessageId): Message {
    const message = threads.message(messageId)
    if (!message) throw new Error(`no message ${messageId} in the open thread`)
    return message
  }

  async function needThread(id: ThreadId): Promise<Thread> {
    const thread = await threads.getThread(id)
    if (!thread) throw new Error(`no thread ${id}`)
    return thread
  }

  function modelFor(thread: Pick<Thread, 'model'> | null): string {
    const demo = () => models.models.value.find(({ id }) => id.startsWith(DEMO))?.id ?? ''
    return thread?.model || settings.settings.model || deps.boot.defaultModel || demo()
  }

  function paramsOf(thread: Thread, own: ChatParams = {}): ChatParams {
    return settings.applySettings({ ...thread.params, ...own })
  }

  // --- Runs ----------------------------------------------------------------------------------------------------------

  /** Starts an answer. Its message is added by `place`, once the run can be seen by the other tabs. */
  async function launch(
    plan: Plan,
    place: (id: MessageId) => Promise<unknown>,
  ): Promise<{ id: MessageId; done: Promise<void> }> {
    const id = plan.job.messageId ?? newId(deps.now())
    const { Run } = await running()
    await runs.get(id)?.finished
    const run = new Run({ ...plan.job, messageId: id }, runDeps)
    runs.set(id, run)
    try {
      await run.own()
      await place(id)
    } catch (error) {
      run.discard()
      runs.delete(id)
      throw error
    }
    const done = run
      .go(() => requestFor(plan))
      .then(() => {
        runs.delete(id)
        void queue.drain(plan.job.threadId)
      })
    return { id, done }
  }

  async function requestFor({ job, thread, params, lastId }: Plan): Promise<ChatRequest> {
    const { buildRequest, continuationOf } = await running()
    const branch = await threads.path(job.threadId, lastId)
    const info = models.byId(job.model)
    const chosen = paramsOf(thread, params)
    const asked = {
      model: job.model,
      info,
      systemPrompt: thread.systemPrompt,
      branch,
      trimmed: job.trimmed ?? 0,
      params: chosen,
      stream: chosen.stream ?? true,
    }
    const request = await buildRequest(asked, deps.getBlob)
    if (job.before) request.messages.push(...continuationOf(job.before.content, info))
    return request
  }

  function answerDraft(id: MessageId, parentId: MessageId, model: string) {
    return { id, role: 'assistant' as const, parentId, status: 'streaming' as const, model }
  }

  /** What was left out of the last answer of the branch is left out of the next one too. */
  function trimmedBefore(branch: readonly Message[]): number {
    return branch.findLast(({ role }) => role === 'assistant')?.xray?.trimmed ?? 0
  }

  async function answer(
    thread: Thread,
    promptId: MessageId,
    model: string,
    more: { params?: ChatParams | undefined; trimmed?: number; compareId?: string; fresh?: boolean } = {},
  ): Promise<{ id: MessageId; done: Promise<void> }> {
    const { params, compareId, fresh } = more
    const trimmed = more.trimmed ?? trimmedBefore(await threads.path(thread.id, promptId))
    const job = { threadId: thread.id, model, trimmed, promptId: fresh ? promptId : undefined }
    const draft = (id: MessageId) => ({ ...answerDraft(id, promptId, model), ...(compareId ? { compareId } : {}) })
    return launch({ job, thread, params, lastId: promptId }, (id) => threads.addMessageToThread(thread.id, draft(id)))
  }

  async function prompt(
    thread: Thread,
    { text, attachments = [] }: Outgoing,
    asked: string[],
    place: { id?: MessageId; parentId?: MessageId | null } = {},
  ): Promise<Sent> {
    const message = await threads.addMessageToThread(thread.id, { role: 'user', content: text, attachments, ...place })
    if (!thread.title && !text.trim() && attachments[0])
      await threads.updateThread(thread.id, { title: attachments[0].name })
    const compareId = asked.length > 1 ? newId(deps.now()) : undefined
    const started = []
    for (const model of asked)
      started.push(await answer(thread, message.id, model, { fresh: true, ...(compareId ? { compareId } : {}) }))
    const done = Promise.all(started.map((each) => each.done)).then(() => undefined)
    return { promptId: message.id, answerIds: started.map(({ id }) => id), done }
  }

  async function begin(threadId: ThreadId, message: Outgoing, asked: string[], promptId?: MessageId): Promise<Sent> {
    starting.add(threadId)
    try {
      const thread = await needThread(threadId)
      const [model] = asked
      if (asked.length === 1 && model && thread.model !== model) await threads.updateThread(threadId, { model })
      if (model && settings.settings.model !== model) settings.saveSettings({ model })
      return await prompt(thread, message, asked, promptId ? { id: promptId } : {})
    } finally {
      starting.delete(threadId)
    }
  }

  // --- Sending -------------------------------------------------------------------------------------------------------

  function refusal(asked: readonly string[], attachments: readonly Attachment[] = []): GatewayError | null {
    if (!asked[0]) return new GatewayError({ code: 'no_model', message: t('errors.choose_model') })
    for (const model of asked) {
      const error = refusalOf(attachments, models.byId(model))
      if (error) return error
    }
    return null
  }

  async function send(threadId: ThreadId, message: Outgoing): Promise<Sent | null> {
    const thread = await needThread(threadId)
    if (!message.models?.length && !modelFor(thread)) await models.load()
    const asked = message.models?.length ? [...new Set(message.models)].slice(0, MOST_COMPARED) : [modelFor(thread)]
    const refused = refusal(asked, message.attachments)
    if (refused) throw refused
    const { text, attachments = [] } = message
    if (!isBusy(threadId) && !queue.of(threadId).value.length) return begin(threadId, message, asked)
    queue.add({ id: newId(deps.now()), threadId, text, attachments, models: asked, at: deps.now() }, thread.temporary)
    // What it waited for may just have ended.
    void queue.drain(threadId)
    return null
  }

  async function regenerate(messageId: MessageId, { model, params }: Rerun = {}, trimmed?: number): Promise<MessageId> {
    const former = need(messageId)
    const thread = await needThread(former.threadId)
    if (former.parentId === null) throw new Error(`nothing was asked before ${messageId}`)
    const asked = model ?? former.model ?? modelFor(thread)
    const { attachments = [] } = threads.message(former.parentId) ?? {}
    const refused = refusal([asked], attachments)
    if (refused) throw refused
    const more = { params, ...(trimmed === undefined ? {} : { trimmed }) }
    return (await answer(thread, former.parentId, asked, more)).id
  }

  async function edit(promptId: MessageId, text: string, attachments?: Attachment[]): Promise<Sent> {
    const former = need(promptId)
    const thread = await needThread(former.threadId)
    const asked = [modelFor(thread)]
    const files = attachments ?? former.attachments
    const refused = refusal(asked, files)
    if (refused) throw refused
    return prompt(thread, { text, attachments: files }, asked, { parentId: former.parentId })
  }

  async function continueAnswer(messageId: MessageId): Promise<void> {
    const before = need(messageId)
    const thread = await needThread(before.threadId)
    const model = before.model ?? modelFor(thread)
    const trimmed = before.xray?.trimmed ?? 0
    const job = { threadId: thread.id, messageId, model, before, trimmed }
    const patch = { status: 'streaming' as const, error: undefined }
    await launch({ job, thread, lastId: before.parentId! }, (id) => threads.updateMessageInThread(thread.id, id, patch))
  }

  async function retry(messageId: MessageId, rerun: Rerun = {}): Promise<MessageId> {
    const failed = need(messageId)
    const thread = await needThread(failed.threadId)
    const model = rerun.model ?? failed.model ?? modelFor(thread)
    const branch = await threads.path(thread.id, failed.parentId!)
    const before = failed.xray?.trimmed ?? trimmedBefore(branch)
    const { trimFurther } = await running()
    const tooLong = failed.error?.action === 'trim'
    const trimmed = tooLong ? trimFurther(branch, before, models.byId(model), paramsOf(thread, rerun.params)) : before
    if (failed.content || failed.reasoning) return regenerate(messageId, { ...rerun, model }, trimmed)
    const job = { threadId: thread.id, messageId, model, trimmed }
    const patch = { status: 'streaming' as const, model, error: undefined, finishReason: undefined, xray: undefined }
    const { id } = await launch({ job, thread, params: rerun.params, lastId: failed.parentId! }, (each) =>
      threads.updateMessageInThread(thread.id, each, patch),
    )
    return id
  }

  // --- Stopping and withdrawing --------------------------------------------------------------------------------------

  async function stop(messageId?: MessageId): Promise<void> {
    const wanted =
      messageId === undefined ? [...runs.values()] : [runs.get(messageId)].filter((run) => run !== undefined)
    for (const run of wanted) run.stop()
    if (messageId !== undefined && !wanted.length) liveRuns.stop(messageId)
    await Promise.all(wanted.map((run) => run.finished))
  }

  async function unqueue(id: string): Promise<Outgoing | null> {
    const queued = outbox.find(id)
    if (queued) {
      outbox.remove(id)
      return { text: queued.text, attachments: queued.attachments, models: queued.models }
    }
    const waiting = [...runs.values()].filter(
      ({ job, waitsForGateway }) => waitsForGateway && [job.messageId, job.promptId].includes(id),
    )
    const [first] = waiting
    return first ? withdraw(first) : null
  }

  /** Takes back an unsent prompt with all its answers; of a prompt that was answered before, only the new answer. */
  async function withdraw({ job: { threadId, promptId, messageId } }: Run): Promise<Outgoing | null> {
    const together = [...runs.values()].filter(({ job }) =>
      promptId ? job.promptId === promptId : job.messageId === messageId,
    )
    for (const run of together) run.withdraw()
    await Promise.all(together.map((run) => run.finished))
    const message = promptId ? (await threads.path(threadId, promptId)).at(-1) : undefined
    const outgoing = message && {
      text: message.content,
      attachments: await Promise.all(message.attachments.map((attachment) => copyOf(attachment, threadId))),
      models: together.map(({ job }) => job.model),
    }
    await threads.deleteMessage(threadId, promptId ?? messageId)
    return outgoing ?? null
  }

  /** Files of a deleted message are swept away; the composer gets its own. */
  async function copyOf(attachment: Attachment, threadId: ThreadId): Promise<Attachment> {
    const blob = await deps.getBlob(attachment.blobId)
    if (!blob) return attachment
    const { blobId } = await deps.putBlob(blob, { name: attachment.name, threadId })
    return { ...attachment, blobId }
  }

  // --- Starting ------------------------------------------------------------------------------------------------------

  async function start(): Promise<void> {
    await threads.initDB()
    // Here before it is needed, for the gateway may be away then; a failure shows with the first message.
    void running().catch(() => undefined)
    deps.onHide(recovery.save)
    await recovery.takeUp()
    const onEnd = async (threadId: ThreadId) => {
      await recovery.takeUp(threadId)
      await queue.drain(threadId)
    }
    mirrorOtherTabs({ ...deps, onEnd: (threadId) => void onEnd(threadId) })
    for (const threadId of outbox.threadIds()) void queue.drain(threadId)
  }

  return {
    send,
    compare: (threadId, message) => send(threadId, message),
    check(threadId, { models: asked, attachments }) {
      const thread = threads.threads.value.find(({ id }) => id === threadId) ?? null
      return refusal(asked?.length ? asked : [modelFor(thread)], attachments)?.toChatError(deps.now(), false) ?? null
    },
    modelFor,
    stop,
    regenerate: (messageId, rerun) => regenerate(messageId, rerun),
    edit,
    continueAnswer,
    retry,
    pickCompare: (messageId) => threads.selectBranch(need(messageId).threadId, messageId),
    queue: queue.of,
    unqueue,
    sendQueued: (threadId) => queue.drain(threadId, { force: true }),
    pause: board.pause,
    resume: board.resume,
    live: board.get,
    running: board.running,
    held: (threadId) => board.held(threadId).filter((id) => threads.message(id)),
    async inspect(messageId) {
      const { xray } = need(messageId)
      if (!xray || xray.record) return xray ?? null
      const record = await deps.client.call(xray.requestId).catch((error: unknown) => {
        console.warn('The record of a call could not be read:', asGatewayError(error, false).message)
        return null
      })
      return record ? { ...xray, record } : xray
    },
    start,
  }
}

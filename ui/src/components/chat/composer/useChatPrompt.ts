// What is being written and to whom it goes: text, files, models; kept as a draft, checked, and sent.

import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { useChat } from '@/chat/chat'
import type { Chat, QueuedMessage } from '@/chat/types'
import { useThreadOptions, type ThreadOptions } from '@/components/chat/threadOptions'
import type { Attachment, MessageId, ModelInfo, ThreadId } from '@/domain'
import { useBlobs, type BlobStore } from '@/stores/blobs'
import { useModels } from '@/stores/models'
import { useThreadStore } from '@/stores/threadStore'
import type { ThreadStore } from '@/stores/contract'
import { browserDrafts, memoryDrafts, type Draft, type Drafts } from './drafts'
import { kindOf, problemsOf, refuse, textFile, type FileProblem } from './files'

export const MOST_MODELS = 4
const SAVE_AFTER_MS = 300

export interface ChatPromptDeps {
  store: Pick<ThreadStore, 'currentThread' | 'updateThread'>
  chat: Pick<Chat, 'send' | 'compare' | 'stop' | 'running' | 'held' | 'queue' | 'unqueue'>
  options: ThreadOptions
  models: { byId(id: string): ModelInfo | undefined }
  blobs: Pick<BlobStore, 'putBlob'>
  drafts: Drafts
}

export type ChatPrompt = ReturnType<typeof createChatPrompt>

export function createChatPrompt({ store, chat, options, models, blobs, drafts }: ChatPromptDeps) {
  const text = ref('')
  const attachments = shallowRef<Attachment[]>([])
  /** The models this message goes to; none chosen means the thread's own. */
  const asked: Ref<string[]> = ref([])
  const refused = shallowRef<FileProblem[]>([])
  const failure = ref('')
  const sending = ref(false)

  const threadId = computed(() => store.currentThread.value?.id ?? null)
  const targets = computed(() => (asked.value.length ? asked.value : options.model.value ? [options.model.value] : []))
  const running = computed(() => (threadId.value ? chat.running(threadId.value) : []))
  const held = computed(() => (threadId.value ? chat.held(threadId.value) : []))
  const queue = computed<readonly QueuedMessage[]>(() => (threadId.value ? chat.queue(threadId.value).value : []))
  const isEmpty = computed(() => !text.value.trim() && attachments.value.length === 0)
  const problems = computed(() =>
    targets.value.flatMap((id) => problemsOf(models.byId(id), attachments.value, text.value.length)),
  )
  const canSend = computed(
    () => !isEmpty.value && !sending.value && problems.value.length === 0 && targets.value.length > 0,
  )

  // --- Draft ---

  const passing = memoryDrafts()
  let draftOf: ThreadId | null = null
  let kept = drafts
  let timer: ReturnType<typeof setTimeout> | undefined
  let dirty = false

  function saveDraft(): void {
    clearTimeout(timer)
    if (!dirty) return
    dirty = false
    kept.write(draftOf, { text: text.value, attachments: attachments.value })
    if (draftOf && kept === drafts) void store.updateThread(draftOf, { draft: text.value })
  }

  function put(draft: Draft): void {
    text.value = draft.text
    attachments.value = draft.attachments
    dirty = false
  }

  function changed(): void {
    dirty = true
    clearTimeout(timer)
    timer = setTimeout(saveDraft, SAVE_AFTER_MS)
  }

  function openDraft(): void {
    const thread = store.currentThread.value
    draftOf = thread?.id ?? null
    // What belongs to a temporary chat leaves no trace.
    kept = thread?.temporary ? passing : drafts
    put(kept.read(draftOf) ?? { text: thread?.draft ?? '', attachments: [] })
  }

  openDraft()
  watch(
    threadId,
    (id) => {
      // A new chat that becomes a thread keeps what is being written.
      if (sending.value) {
        draftOf = id
        kept = store.currentThread.value?.temporary ? passing : drafts
        return
      }
      saveDraft()
      asked.value = []
      failure.value = ''
      openDraft()
    },
    { flush: 'sync' },
  )
  watch([text, attachments], changed, { flush: 'sync' })
  if (typeof window !== 'undefined') window.addEventListener('pagehide', saveDraft)
  onScopeDispose(() => {
    saveDraft()
    if (typeof window !== 'undefined') window.removeEventListener('pagehide', saveDraft)
  })

  // --- Files ---

  async function addFiles(files: readonly File[]): Promise<Attachment[]> {
    const problemsFound: FileProblem[] = []
    const added: Attachment[] = []
    for (const file of files) {
      const problem = refuse(file, attachments.value.length)
      if (problem) {
        problemsFound.push(problem)
        continue
      }
      const id = threadId.value
      const stored = await blobs.putBlob(file, { name: file.name, ...(id ? { threadId: id } : {}) })
      const attachment = { ...stored, kind: kindOf(file) }
      attachments.value = [...attachments.value, attachment]
      added.push(attachment)
    }
    refused.value = problemsFound
    return added
  }

  function removeAttachment(blobId: string): void {
    attachments.value = attachments.value.filter((each) => each.blobId !== blobId)
    refused.value = []
  }

  /** Long text becomes a file; calling the result puts it back as text. */
  async function attachText(long: string, name: string): Promise<() => void> {
    const [attachment] = await addFiles([textFile(long, name)])
    return () => {
      if (!attachment || !attachments.value.includes(attachment)) return
      removeAttachment(attachment.blobId)
      text.value += long
    }
  }

  // --- Models ---

  function ask(model: string): void {
    if (asked.value.includes(model) || asked.value.length >= MOST_MODELS) return
    asked.value = [...asked.value, model]
  }

  /** One more to compare with, beside those already asked. */
  function compareWith(model: string): void {
    for (const id of [...targets.value, model]) ask(id)
  }

  function unask(model: string): void {
    const rest = asked.value.filter((id) => id !== model)
    // One that is left of a comparison is simply the model of the thread.
    if (rest.length === 1 && rest[0] && asked.value.length > 1) {
      options.setModel(rest[0])
      asked.value = []
    } else asked.value = rest
  }

  // --- Sending ---

  /** Sends what is written. The composer is empty at once; what cannot be sent comes back. */
  async function sendMessage(): Promise<MessageId | null> {
    if (!canSend.value) return null
    const outgoing = { text: text.value, attachments: attachments.value }
    const to = [...targets.value]
    sending.value = true
    failure.value = ''
    refused.value = []
    put({ text: '', attachments: [] })
    try {
      const thread = await options.ensureThread()
      drafts.write(null, { text: '', attachments: [] })
      kept.write(thread.id, { text: '', attachments: [] })
      const sent =
        to.length > 1
          ? await chat.compare(thread.id, { ...outgoing, models: to })
          : await chat.send(thread.id, { ...outgoing, models: to })
      if (asked.value.length === 1) asked.value = []
      if (thread.draft) void store.updateThread(thread.id, { draft: '' })
      return sent?.promptId ?? null
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error)
      // Whatever was typed in the meantime is kept too.
      put({
        text: [outgoing.text, text.value].filter(Boolean).join('\n'),
        attachments: [...outgoing.attachments, ...attachments.value],
      })
      changed()
      return null
    } finally {
      sending.value = false
    }
  }

  /** Puts text (and files) that were not sent back where they can be changed. */
  function takeBack(outgoing: { text: string; attachments?: Attachment[] } | null): void {
    if (!outgoing) return
    text.value = [outgoing.text, text.value].filter(Boolean).join('\n')
    attachments.value = [...(outgoing.attachments ?? []), ...attachments.value]
  }

  return {
    text,
    attachments,
    asked,
    refused,
    failure,
    threadId,
    targets,
    running,
    held,
    queue,
    isEmpty,
    problems,
    canSend,
    addFiles,
    removeAttachment,
    attachText,
    ask,
    compareWith,
    unask,
    sendMessage,
    takeBack,
    unqueue: async (id: string) => takeBack(await chat.unqueue(id)),
    stop: () => Promise.all(running.value.map((id) => chat.stop(id))),
    saveDraft,
  }
}

export function useChatPrompt(): ChatPrompt {
  return createChatPrompt({
    store: useThreadStore(),
    chat: useChat(),
    options: useThreadOptions(),
    models: useModels(),
    blobs: useBlobs(),
    drafts: browserDrafts(),
  })
}

// The chat engine and the stores as components see them, without a network and without a database.
import { ref, shallowReactive, shallowRef } from 'vue'
import { vi } from 'vitest'
import type { Chat, LiveAnswer, QueuedMessage } from '@/chat/types'
import type { ChatContext } from '@/components/chat/context'
import type { Attachment, Message, Thread } from '@/domain'

export function thread(patch: Partial<Thread> = {}): Thread {
  return {
    id: 't1',
    title: 'Title',
    titleSource: 'auto',
    createdAt: 0,
    updatedAt: 0,
    pinned: false,
    model: 'demo/guide',
    systemPrompt: '',
    params: {},
    leafId: null,
    messageCount: 0,
    totalTokens: 0,
    totalCostUsd: 0,
    draft: '',
    ...patch,
  }
}

export function live(patch: Partial<LiveAnswer> = {}): LiveAnswer {
  return shallowReactive({
    messageId: 'm1',
    threadId: 't1',
    own: true,
    phase: 'answering',
    content: '',
    reasoning: '',
    toolCalls: [],
    startedAt: Date.now(),
    tokens: 0,
    backlog: 0,
    ...patch,
  })
}

export function fakeChat() {
  const answers = shallowReactive(new Map<string, LiveAnswer>())
  const queued = shallowRef<readonly QueuedMessage[]>([])
  const done = Promise.resolve()
  return {
    answers,
    queued,
    send: vi.fn<Chat['send']>(async () => ({ promptId: 'p', answerIds: ['a'], done })),
    compare: vi.fn<Chat['compare']>(async () => ({ promptId: 'p', answerIds: ['a', 'b'], done })),
    check: vi.fn<Chat['check']>(() => null),
    modelFor: (thread) => thread?.model || 'demo/guide',
    stop: vi.fn<Chat['stop']>(async () => undefined),
    regenerate: vi.fn<Chat['regenerate']>(async () => 'a2'),
    edit: vi.fn<Chat['edit']>(async () => ({ promptId: 'p2', answerIds: ['a3'], done })),
    continueAnswer: vi.fn<Chat['continueAnswer']>(async () => undefined),
    retry: vi.fn<Chat['retry']>(async () => 'a4'),
    pickCompare: vi.fn<Chat['pickCompare']>(async () => undefined),
    queue: () => queued,
    unqueue: vi.fn<Chat['unqueue']>(async () => ({ text: 'taken back' })),
    sendQueued: vi.fn<Chat['sendQueued']>(async () => undefined),
    pause: vi.fn<Chat['pause']>(),
    resume: vi.fn<Chat['resume']>(),
    live: (id: string) => answers.get(id),
    running: () => [...answers.keys()],
    held: () => [],
    inspect: vi.fn<Chat['inspect']>(async () => null),
    start: vi.fn<Chat['start']>(async () => undefined),
  } satisfies Chat & { answers: unknown; queued: unknown }
}

export function fakeStore(messages: Message[] = [], current: Thread | null = thread()) {
  const shown = shallowRef<Message[]>(messages)
  return {
    currentThread: shallowRef<Thread | null>(current),
    threads: shallowRef<Thread[]>(current ? [current] : []),
    messages: shown,
    earlier: ref(0),
    message: (id: string) => shown.value.find((each) => each.id === id),
    siblings: (id: string) => shown.value.filter((each) => each.id === id),
    loadEarlier: vi.fn(async () => 0),
    updateThread: vi.fn(async () => null),
    createThread: vi.fn(async (patch: Partial<Thread>) => thread({ id: 'new', ...patch })),
    setCurrentThread: vi.fn(async () => null),
  }
}

export function fakeContext(): ChatContext {
  return {
    editing: ref(null),
    inspect: vi.fn(),
    pickModel: vi.fn(async () => 'other/model'),
    remove: vi.fn(async () => undefined),
    withdraw: vi.fn(async () => undefined),
    reveal: vi.fn(async () => undefined),
    showVersion: vi.fn(async () => undefined),
    focusAction: vi.fn(),
    fail: vi.fn(),
    copy: vi.fn(async () => undefined),
    openKeySettings: vi.fn(),
    openProviders: vi.fn(),
  }
}

export const attachment = (patch: Partial<Attachment> = {}): Attachment => ({
  blobId: 'b1',
  name: 'a.txt',
  type: 'text/plain',
  size: 3,
  kind: 'text',
  ...patch,
})

// What the UI speaks of: threads, messages, attachments, runs. Types only; every store, view and worker shares them.
// Times are milliseconds since the epoch, durations milliseconds, sizes bytes, costs US dollars.

import type { Usage } from '@/api/wire'

export type ThreadId = string
export type MessageId = string
export type BlobId = string

/** A conversation. Its messages form a tree: `leafId` names the end of the branch that is shown. */
export interface Thread {
  id: ThreadId
  title: string
  /** `auto` titles follow the first prompt; one that a person gave is left alone. */
  titleSource: 'auto' | 'user' | 'import'
  createdAt: number
  updatedAt: number
  pinned: boolean
  /** The model asked next, as the gateway names it; empty until one is chosen. */
  model: string
  systemPrompt: string
  /** Request parameters of this thread; they win over the defaults of the settings. */
  params: ChatParams
  leafId: MessageId | null
  /** Sums over all messages, kept for the list. */
  messageCount: number
  totalTokens: number
  totalCostUsd: number
  /** The unsent text of the composer. */
  draft: string
  /** Kept in memory only, and gone with the tab. */
  temporary?: boolean
}

/** Parameters of a chat request as the API names them; absent means the model's own default. */
export interface ChatParams {
  temperature?: number
  top_p?: number
  max_completion_tokens?: number
  seed?: number
  frequency_penalty?: number
  presence_penalty?: number
  stop?: string[]
  reasoning_effort?: string
  verbosity?: string
  service_tier?: string
  top_logprobs?: number
  logprobs?: boolean
  safety_identifier?: string
  prompt_cache_key?: string
  parallel_tool_calls?: boolean
  enable_thinking?: boolean
  store?: boolean
  /** Absent means the setting "Enable Streaming". */
  stream?: boolean
}

export type MessageRole = 'user' | 'assistant'

/** Where an answer is in its life. A user's message is `complete`, or `queued` until it is sent. */
export type MessageStatus = 'queued' | 'streaming' | 'complete' | 'canceled' | 'error' | 'interrupted'

export interface Message {
  id: MessageId
  threadId: ThreadId
  /** Counts up within the thread in order of creation: the key of a cheap range read. */
  seq: number
  /** The message this one follows; null for a first one. Messages with the same parent are siblings. */
  parentId: MessageId | null
  role: MessageRole
  content: string
  createdAt: number
  status: MessageStatus
  attachments: Attachment[]
  /** What follows is told of answers only. */
  reasoning?: string
  reasoningMs?: number
  toolCalls?: ToolCall[]
  citations?: Citation[]
  images?: BlobId[]
  audio?: { blobId: BlobId; transcript?: string }
  model?: string
  finishReason?: string
  usage?: Usage
  metrics?: AnswerMetrics
  error?: ChatError
  xray?: Xray
  /** Answers to one prompt by several models, shown side by side, share this. */
  compareId?: string
  /** What the model wants back with the next request, as it came: signatures of its thinking and the like. */
  carry?: Record<string, unknown>
  /** Bookkeeping for several tabs: the higher revision wins. */
  revision?: number
}

export type Modality = 'text' | 'image' | 'audio' | 'pdf' | 'file'

/** A file given with a message. Its bytes are a record of their own. */
export interface Attachment {
  blobId: BlobId
  name: string
  type: string
  size: number
  kind: Exclude<Modality, 'text'> | 'text'
}

export interface ToolCall {
  index: number
  id: string
  name: string
  /** JSON text, whole only when the answer is. */
  arguments: string
  result?: string
  startedAt?: number
  durationMs?: number
  /** What the model wants back with the call. */
  carry?: unknown
}

export interface Citation {
  url: string
  title: string
  snippet?: string
}

export interface AnswerMetrics {
  startedAt: number
  /** Milliseconds from sending until the first token; absent while none has come. */
  ttftMs?: number
  durationMs?: number
  tokensPerSecond?: number
  /** Tokens of the answer: exact where the provider told them, else estimated. */
  tokens?: number
  tokensEstimated?: boolean
  costUsd?: number
}

/** One kind of trouble, and the one thing that helps. */
export type ErrorAction = 'retry' | 'pick-model' | 'set-key' | 'trim' | 'continue' | 'add-provider' | 'none'

export interface ChatError {
  code: string
  /** HTTP status, or 0 where there was none. */
  status: number
  message: string
  action: ErrorAction
  /** When a retry has a chance, in milliseconds from `at`. */
  retryAfterMs?: number
  at: number
}

/** What happened to one request, from the gateway's headers and its record of the call. */
export interface Xray {
  requestId: string
  provider?: string
  model?: string
  attempts?: number
  /** What of the request was dropped, clamped or emulated for the provider. */
  translation?: string
  gatewayMs?: number
  upstreamMs?: number
  cache?: string
  /** Messages of the branch that were left out, oldest first, because the whole was too long for the model. */
  trimmed?: number
  /** The gateway's own record of the call, where it keeps one: shown as it comes. */
  record?: Record<string, unknown>
}

export interface ModelInfo {
  id: string
  provider: string
  name: string
  contextWindow?: number
  /** Empty where the model does not say. */
  input: Modality[]
  output: Modality[]
  /** US dollars per million tokens. */
  pricePrompt?: number
  priceCompletion?: number
  created?: number
  raw: Record<string, unknown>
}

/** A request in the local log, for the usage view; it outlives the thread it came from. */
export interface RequestLog {
  id: string
  threadId: ThreadId
  messageId: MessageId
  at: number
  model: string
  provider: string
  promptTokens: number
  completionTokens: number
  cachedTokens: number
  reasoningTokens: number
  estimated: boolean
  costUsd: number
  ttftMs?: number
  durationMs: number
  tokensPerSecond?: number
  outcome: MessageStatus
  errorCode?: string
}

export interface Prompt {
  id: string
  /** What is typed after the slash. */
  name: string
  title: string
  /** May hold `{{variables}}`. */
  text: string
  kind: 'prompt' | 'system'
  updatedAt: number
}

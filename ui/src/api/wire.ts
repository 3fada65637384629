// The shapes of the chat completions API, as far as this client reads them. Providers may add keys; they are kept.

export interface Usage {
  prompt_tokens?: number
  completion_tokens?: number
  total_tokens?: number
  prompt_tokens_details?: { cached_tokens?: number } & Record<string, number | undefined>
  completion_tokens_details?: { reasoning_tokens?: number } & Record<string, number | undefined>
  [key: string]: unknown
}

export interface ToolCallDelta {
  index: number
  id?: string
  type?: string
  function?: { name?: string; arguments?: string }
  /** What a vendor wants back with the call. */
  extra_content?: unknown
}

export interface Delta {
  role?: string
  content?: string | null
  reasoning_content?: string | null
  /** The same under another name, where no gateway translates. */
  reasoning?: string | null
  refusal?: string | null
  tool_calls?: ToolCallDelta[]
  annotations?: unknown[]
  images?: { type?: string; image_url?: { url: string } }[]
  audio?: { data?: string; transcript?: string; id?: string }
}

export interface Choice {
  index: number
  delta: Delta
  finish_reason: string | null
}

/** One `chat.completion.chunk`. */
export interface Chunk {
  id: string
  object: string
  created: number
  model: string
  choices: Choice[]
  usage?: Usage | null
  citations?: unknown[]
  [key: string]: unknown
}

export interface CompletionMessage {
  role: 'assistant'
  content: string | null
  reasoning_content?: string
  refusal?: string | null
  tool_calls?: { index?: number; id: string; type: string; function: { name: string; arguments: string } }[]
  annotations?: unknown[]
  images?: { type?: string; image_url?: { url: string } }[]
  audio?: { data?: string; transcript?: string; id?: string }
}

/** One `chat.completion`. */
export interface Completion {
  id: string
  object: string
  created: number
  model: string
  choices: { index: number; message: CompletionMessage; finish_reason: string | null }[]
  usage?: Usage | null
  [key: string]: unknown
}

/** A part of a message with several. */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | { type: 'file'; file: { filename: string; file_data: string } }

export interface RequestMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string | ContentPart[]
  [key: string]: unknown
}

/** The body of a chat request. */
export interface ChatRequest {
  model: string
  messages: RequestMessage[]
  stream?: boolean
  stream_options?: { include_usage: boolean }
  [key: string]: unknown
}

/** The body of every failure of the API. */
export interface ErrorBody {
  error: { message: string; type?: string; param?: string | null; code?: string | null }
}

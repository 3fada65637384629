// Which request parameters a model takes, where its entry in the list tells, and what of the chosen ones is sent.
import type { ChatParams, ModelInfo } from '@/domain'

/** Parameters by the names under which lists of models tell them; the others are never told and always sent. */
const TOLD_AS: Partial<Record<keyof ChatParams, string[]>> = {
  temperature: ['temperature'],
  top_p: ['top_p'],
  max_completion_tokens: ['max_completion_tokens', 'max_tokens'],
  seed: ['seed'],
  frequency_penalty: ['frequency_penalty'],
  presence_penalty: ['presence_penalty'],
  stop: ['stop'],
  reasoning_effort: ['reasoning_effort', 'reasoning'],
  verbosity: ['verbosity'],
  top_logprobs: ['top_logprobs'],
  logprobs: ['logprobs'],
  enable_thinking: ['enable_thinking', 'reasoning'],
}

/** Whether the model takes the parameter; undefined where it does not say. */
export function takes(model: ModelInfo | undefined, param: keyof ChatParams): boolean | undefined {
  const told = model?.raw['supported_parameters']
  const names = TOLD_AS[param]
  if (!names || !Array.isArray(told)) return undefined
  return names.some((name) => told.includes(name))
}

/**
 * The parameters to send, out of those chosen. Whether the answer is streamed is told apart, and without tools, providers
 * refuse to hear how their calls should run.
 */
export function paramsFor(model: ModelInfo | undefined, chosen: ChatParams): Omit<ChatParams, 'stream'> {
  const sent = (param: string) => param !== 'stream' && param !== 'parallel_tool_calls'
  const taken = (param: string) => takes(model, param as keyof ChatParams) !== false
  const entries = Object.entries(chosen).filter(([param, value]) => value !== undefined && sent(param) && taken(param))
  const kept = Object.fromEntries(entries) as Omit<ChatParams, 'stream'>
  if (kept.top_logprobs !== undefined) kept.logprobs = true
  return kept
}

// How each request parameter is entered: what it may be, and in which words it is explained.
import type { ChatParams } from '@/domain'
import type { Key } from '@/i18n'

type Param = Exclude<keyof ChatParams, 'stream'>

export type Field = { name: Param; hint: Key } & (
  | { kind: 'number'; min?: number; max?: number; step: number }
  | { kind: 'text' }
  | { kind: 'list' }
  | { kind: 'flag' }
  | { kind: 'choice'; options: readonly string[] }
)

export const FIELDS: readonly Field[] = [
  { name: 'temperature', kind: 'number', min: 0, max: 2, step: 0.1, hint: 'settings.temperature' },
  { name: 'top_p', kind: 'number', min: 0, max: 1, step: 0.05, hint: 'settings.top_p' },
  { name: 'max_completion_tokens', kind: 'number', min: 1, step: 1, hint: 'settings.max_completion_tokens' },
  {
    name: 'reasoning_effort',
    kind: 'choice',
    options: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
    hint: 'settings.reasoning_effort',
  },
  { name: 'enable_thinking', kind: 'flag', hint: 'settings.enable_thinking' },
  { name: 'verbosity', kind: 'choice', options: ['low', 'medium', 'high'], hint: 'settings.verbosity' },
  { name: 'seed', kind: 'number', step: 1, hint: 'settings.seed' },
  { name: 'frequency_penalty', kind: 'number', min: -2, max: 2, step: 0.1, hint: 'settings.frequency_penalty' },
  { name: 'presence_penalty', kind: 'number', min: -2, max: 2, step: 0.1, hint: 'settings.presence_penalty' },
  { name: 'stop', kind: 'list', hint: 'settings.stop' },
  {
    name: 'service_tier',
    kind: 'choice',
    options: ['auto', 'default', 'flex', 'priority'],
    hint: 'settings.service_tier',
  },
  { name: 'logprobs', kind: 'flag', hint: 'settings.logprobs' },
  { name: 'top_logprobs', kind: 'number', min: 0, max: 20, step: 1, hint: 'settings.top_logprobs' },
  { name: 'parallel_tool_calls', kind: 'flag', hint: 'settings.parallel_tool_calls' },
  { name: 'store', kind: 'flag', hint: 'settings.store' },
  { name: 'safety_identifier', kind: 'text', hint: 'settings.safety_identifier' },
  { name: 'prompt_cache_key', kind: 'text', hint: 'settings.prompt_cache_key' },
]

export type Value = number | string | boolean | string[] | undefined

/** The value of what was entered: undefined for an empty field, and null for what the field cannot take. */
export function parseField(field: Field, entered: string): Value | null {
  const text = entered.trim()
  if (field.kind === 'list') {
    const lines = entered.split('\n').filter((line) => line !== '')
    return lines.length ? lines : undefined
  }
  if (text === '') return undefined
  if (field.kind === 'flag') return text === 'true'
  if (field.kind !== 'number') return text
  const value = Number(text)
  const whole = field.step === 1
  const fits =
    Number.isFinite(value) &&
    value >= (field.min ?? -Infinity) &&
    value <= (field.max ?? Infinity) &&
    (!whole || Number.isInteger(value))
  return fits ? value : null
}

export function showField(value: Value): string {
  return Array.isArray(value) ? value.join('\n') : value === undefined ? '' : String(value)
}

// The parameters of a request as they can be set for one conversation: their kind, their range, and what counts when
// nothing is set.

import { takes } from '@/chat/params'
import type { ChatParams, ModelInfo } from '@/domain'

export type Param = Exclude<keyof ChatParams, 'stream'>

export type Field =
  | { param: Param; kind: 'number'; min: number; max?: number; step: number }
  | { param: Param; kind: 'choice'; choices: string[] }
  | { param: Param; kind: 'flag' }
  | { param: Param; kind: 'text' }
  | { param: Param; kind: 'list' }

const FIELDS: Field[] = [
  { param: 'temperature', kind: 'number', min: 0, max: 2, step: 0.1 },
  { param: 'top_p', kind: 'number', min: 0, max: 1, step: 0.05 },
  { param: 'max_completion_tokens', kind: 'number', min: 1, step: 1 },
  { param: 'reasoning_effort', kind: 'choice', choices: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] },
  { param: 'enable_thinking', kind: 'flag' },
  { param: 'verbosity', kind: 'choice', choices: ['low', 'medium', 'high'] },
  { param: 'stop', kind: 'list' },
  { param: 'seed', kind: 'number', min: 0, step: 1 },
  { param: 'frequency_penalty', kind: 'number', min: -2, max: 2, step: 0.1 },
  { param: 'presence_penalty', kind: 'number', min: -2, max: 2, step: 0.1 },
  { param: 'service_tier', kind: 'choice', choices: ['auto', 'default', 'flex', 'priority'] },
  { param: 'logprobs', kind: 'flag' },
  { param: 'top_logprobs', kind: 'number', min: 0, max: 20, step: 1 },
  { param: 'prompt_cache_key', kind: 'text' },
  { param: 'safety_identifier', kind: 'text' },
  { param: 'store', kind: 'flag' },
]

/** What the model takes or may take; a parameter that is set is shown in any case, so that it can be taken away. */
export function fieldsFor(model: ModelInfo | undefined, set: ChatParams): Field[] {
  return FIELDS.filter(({ param }) => takes(model, param) !== false || set[param] !== undefined)
}

/** What was typed, as the parameter's value; undefined where nothing (or nothing usable) was. */
export function valueOf(field: Field, text: string): ChatParams[Param] | undefined {
  if (text.trim() === '') return undefined
  if (field.kind === 'number') {
    const number = Number(text)
    if (!Number.isFinite(number)) return undefined
    const low = Math.max(field.min, number)
    return field.max === undefined ? low : Math.min(field.max, low)
  }
  if (field.kind === 'flag') return text === 'true'
  if (field.kind === 'list')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, 4)
  return text
}

export function textOf(value: ChatParams[Param] | undefined): string {
  if (value === undefined) return ''
  return Array.isArray(value) ? value.join('\n') : String(value)
}

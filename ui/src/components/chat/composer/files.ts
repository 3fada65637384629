// Files on their way into a message: what kind they are, whether the chosen model takes them, and whether it all fits.

import type { Attachment, Modality, ModelInfo } from '@/domain'
import { accepts } from '@/stores/models'

/** Pasted text beyond this becomes an attachment: a composer is no place for a book. */
export const LONG_PASTE = 8 * 1024
/** More than this is no longer offered as text: a text field of that size holds up the page for seconds. */
export const MOST_AS_TEXT = 200_000
const MAX_BYTES = 50 * 1024 * 1024
const MAX_FILES = 20
/** Letters per token, roughly; for a warning, never for a bill. */
const CHARS_PER_TOKEN = 4

const TEXT_TYPES =
  /^(text\/|application\/(json|xml|x-yaml|yaml|toml|javascript|typescript|x-sh|sql|x-ndjson|graphql))|[+](json|xml)$/
const TEXT_NAMES =
  /\.(txt|md|markdown|rst|csv|tsv|json|jsonl|ndjson|ya?ml|toml|ini|cfg|conf|env|log|xml|html?|css|scss|less|[cm]?[jt]sx?|vue|svelte|py|rb|go|rs|java|kt|swift|c|h|cc|cpp|hpp|cs|php|pl|lua|r|jl|sh|bash|zsh|fish|ps1|sql|graphql|proto|tex|diff|patch|dockerfile|makefile)$/i

export function kindOf(file: Pick<File, 'name' | 'type'>): Attachment['kind'] {
  if (file.type.startsWith('image/') && file.type !== 'image/svg+xml') return 'image'
  if (file.type.startsWith('audio/')) return 'audio'
  if (file.type === 'application/pdf' || /\.pdf$/i.test(file.name)) return 'pdf'
  if (TEXT_TYPES.test(file.type) || TEXT_NAMES.test(file.name) || file.type === 'image/svg+xml') return 'text'
  return 'file'
}

export type FileProblem = { code: 'too-large' | 'empty' | 'too-many'; name: string }

/** Why a file cannot be taken along with those that are there already, or null. */
export function refuse(file: Pick<File, 'name' | 'size'>, present: number): FileProblem | null {
  if (present >= MAX_FILES) return { code: 'too-many', name: file.name }
  if (file.size === 0) return { code: 'empty', name: file.name }
  if (file.size > MAX_BYTES) return { code: 'too-large', name: file.name }
  return null
}

/** Why a message would not be understood as it is. */
export type SendProblem =
  | { code: 'modality'; modality: Modality; model: string; names: string[] }
  | { code: 'context'; tokens: number; window: number; model: string }

/**
 * What speaks against sending to this model. A model that tells nothing about itself is believed to take everything:
 * the gateway knows better than a guess.
 */
export function problemsOf(
  model: ModelInfo | undefined,
  attachments: readonly Pick<Attachment, 'name' | 'kind' | 'size'>[],
  chars: number,
): SendProblem[] {
  if (!model) return []
  const problems: SendProblem[] = []
  for (const modality of ['image', 'audio', 'pdf', 'file'] as const) {
    const names = attachments.filter((file) => file.kind === modality).map((file) => file.name)
    if (names.length && accepts(model, modality) === false)
      problems.push({ code: 'modality', modality, model: model.id, names })
  }
  const texts = attachments.filter((file) => file.kind === 'text').reduce((sum, file) => sum + file.size, 0)
  const tokens = Math.ceil((chars + texts) / CHARS_PER_TOKEN)
  if (model.contextWindow && tokens > model.contextWindow)
    problems.push({ code: 'context', tokens, window: model.contextWindow, model: model.id })
  return problems
}

/** A file with the text that was too long to paste. */
export function textFile(text: string, name: string): File {
  return new File([text], name, { type: 'text/plain' })
}

export function isLongPaste(text: string): boolean {
  return text.length > LONG_PASTE || new Blob([text]).size > LONG_PASTE
}

// Which models the picker lists: by words, price, context, input, provider, and whether they are favourites.
import type { Modality, ModelInfo } from '@/domain'
import { rank } from '@/components/dialogs/fuzzy'

export interface ModelFilters {
  query: string
  /** Empty: all. */
  provider: string
  /** The most that a million prompt tokens may cost; null: whatever. */
  maxPrice: number | null
  /** Tokens; 0: whatever. */
  minContext: number
  input: Modality | ''
  onlyFavorites: boolean
}

export const NO_FILTERS: Readonly<ModelFilters> = {
  query: '',
  provider: '',
  maxPrice: null,
  minContext: 0,
  input: '',
  onlyFavorites: false,
}

export const PRICES = [0, 0.5, 2, 10] as const
export const CONTEXTS = [32_000, 128_000, 200_000, 1_000_000] as const
export const INPUTS = ['image', 'audio', 'pdf', 'file'] as const satisfies readonly Modality[]

const texts = new WeakMap<ModelInfo, string>()

function textOf(model: ModelInfo): string {
  let text = texts.get(model)
  if (text === undefined) texts.set(model, (text = `${model.id} ${model.name}`.toLowerCase()))
  return text
}

/** What a filter asks must be known: a model that tells no price is not among the free ones. */
export function filterModels(
  models: readonly ModelInfo[],
  filters: ModelFilters,
  favorites: ReadonlySet<string>,
): ModelInfo[] {
  const { provider, maxPrice, minContext, input, onlyFavorites } = filters
  const passing = models.filter(
    (model) =>
      (!provider || model.provider === provider) &&
      (maxPrice === null || (model.pricePrompt !== undefined && model.pricePrompt <= maxPrice)) &&
      (!minContext || (model.contextWindow ?? 0) >= minContext) &&
      (!input || model.input.includes(input)) &&
      (!onlyFavorites || favorites.has(model.id)),
  )
  const ranked = rank(filters.query, passing, textOf)
  if (filters.query.trim() || favorites.size === 0) return ranked
  return [...ranked.filter(({ id }) => favorites.has(id)), ...ranked.filter(({ id }) => !favorites.has(id))]
}

export function providersOf(models: readonly ModelInfo[]): string[] {
  return [...new Set(models.map((model) => model.provider))].sort((a, b) => a.localeCompare(b))
}

// What a message adds to the sums of its thread.
import type { Message } from '@/domain'

export interface Share {
  tokens: number
  costUsd: number
}

export function shareOf(message: Pick<Message, 'usage' | 'metrics'>): Share {
  const { usage, metrics } = message
  const told = usage && (usage.total_tokens ?? (usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0))
  return { tokens: told ?? metrics?.tokens ?? 0, costUsd: metrics?.costUsd ?? 0 }
}

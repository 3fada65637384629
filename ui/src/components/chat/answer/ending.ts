// How an answer ended, where that is worth a word, and the one thing that helps.

import type { ChatError, ErrorAction, Message } from '@/domain'

export type Ending =
  { kind: 'canceled' | 'length' | 'interrupted' | 'filter'; canContinue: boolean } | { kind: 'error'; error: ChatError }

export function endingOf(message: Message): Ending | null {
  const canContinue = message.content.length > 0
  if (message.status === 'error' && message.error) return { kind: 'error', error: message.error }
  if (message.status === 'canceled') return { kind: 'canceled', canContinue }
  if (message.status === 'interrupted') return { kind: 'interrupted', canContinue }
  if (message.status !== 'complete') return null
  if (message.finishReason === 'length') return { kind: 'length', canContinue }
  if (message.finishReason === 'content_filter') return { kind: 'filter', canContinue: false }
  return null
}

/** An error that leaves a partial answer is best continued; one without text cannot be. */
export function actionFor(error: ChatError, partial: boolean): ErrorAction {
  if (error.action === 'continue' && !partial) return 'retry'
  return error.action
}

/** Whole seconds until a retry has a chance; 0 when it has one now. */
export function retryInSeconds(error: ChatError, now: number): number {
  return Math.max(0, Math.ceil((error.at + (error.retryAfterMs ?? 0) - now) / 1000))
}

// What the parts of a conversation ask of the page they stand on.

import { inject, provide, type InjectionKey, type Ref } from 'vue'
import type { Message, MessageId } from '@/domain'

export interface ChatContext {
  /** The prompt that is being edited where it stands. */
  editing: Ref<MessageId | null>
  /** Opens the inspector on an answer. */
  inspect(messageId: MessageId): void
  /** Lets the reader choose a model; null when they did not. */
  pickModel(current: string): Promise<string | null>
  /** Removes a message and its answers, and offers to take that back. */
  remove(message: Message): Promise<void>
  /** Takes back what was not sent yet; its text returns to the composer. */
  withdraw(messageId: MessageId): Promise<void>
  /** Shows an answer that was just asked for, with its prompt near the top. */
  reveal(answerId: MessageId): Promise<void>
  /** Shows another version of a turn and keeps the focus on its arrows. */
  showVersion(messageId: MessageId, step: -1 | 1): Promise<void>
  /** Puts the focus on a button of a turn. */
  focusAction(messageId: MessageId, action: string): void
  /** Tells why something that was asked for cannot be done. */
  fail(error: unknown): void
  /** Puts text on the clipboard and says so. */
  copy(text: string): Promise<void>
  /** Opens the place where the gateway's key is set. */
  openKeySettings(): void
  /** Opens the page that tells how to add a provider. */
  openProviders(): void
}

const KEY: InjectionKey<ChatContext> = Symbol('chat')

export function provideChatContext(context: ChatContext): void {
  provide(KEY, context)
}

export function useChatContext(): ChatContext {
  const context = inject(KEY)
  if (!context) throw new Error('No conversation around this component')
  return context
}

export { KEY as chatContextKey }

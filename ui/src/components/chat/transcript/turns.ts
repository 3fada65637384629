// The turns of a branch as the transcript shows them: their places, their versions, and which stand side by side.

import type { Message, MessageId } from '@/domain'

export interface Turn {
  message: Message
  /** Its place in the branch, from 1, and the length of the branch, messages that are not loaded included. */
  number: number
  count: number
  last: boolean
  version: number
  versions: number
  /** Whether to name the model: only where it differs from that of the answer before. */
  named: boolean
  /** The answers to one prompt by several models, of which `message` is the one that is shown; else empty. */
  compared: Message[]
}

export function turnsOf(
  messages: readonly Message[],
  earlier: number,
  siblings: (id: MessageId) => readonly Message[],
): Turn[] {
  const count = earlier + messages.length
  let model: string | undefined
  return messages.map((message, index) => {
    const versions = siblings(message.id)
    const named = message.role === 'assistant' && message.model !== model
    if (message.role === 'assistant') model = message.model
    return {
      message,
      number: earlier + index + 1,
      count,
      last: index === messages.length - 1,
      version: Math.max(1, versions.findIndex((each) => each.id === message.id) + 1),
      versions: Math.max(1, versions.length),
      named,
      compared: message.compareId ? versions.filter((each) => each.compareId === message.compareId) : [],
    }
  })
}

/** The former objects where nothing changed: a turn that is the same is not rendered again. */
export function keepSame(next: Turn[], former: readonly Turn[]): Turn[] {
  const known = new Map(former.map((turn) => [turn.message.id, turn]))
  return next.map((turn) => {
    const before = known.get(turn.message.id)
    return before && isSame(before, turn) ? before : turn
  })
}

function isSame(a: Turn, b: Turn): boolean {
  const { compared: one, ...restOfA } = a
  const { compared: other, ...restOfB } = b
  const keys = Object.keys(restOfA) as (keyof typeof restOfA)[]
  return (
    keys.every((key) => restOfA[key] === restOfB[key]) &&
    one.length === other.length &&
    one.every((message, index) => message === other[index])
  )
}

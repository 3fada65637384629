// An answer that went on where it had stopped: what was there and what came, as one message.
import { joinedMetrics, joinedUsage } from '@/chat/metrics'
import type { Citation, Message, ToolCall } from '@/domain'

/** The parts of a message that an answer fills. */
export type AnswerPatch = Pick<
  Message,
  | 'content'
  | 'reasoning'
  | 'reasoningMs'
  | 'toolCalls'
  | 'citations'
  | 'images'
  | 'audio'
  | 'carry'
  | 'usage'
  | 'metrics'
>

/** `came` with what the message had before; its `content` is the whole text already. */
export function joined(before: Message, came: AnswerPatch): AnswerPatch {
  const metrics = came.metrics && joinedMetrics(before.metrics, came.metrics)
  const usage = joinedUsage(before.usage, came.usage ?? null)
  const reasoning = joinedReasoning(before.reasoning, came.reasoning)
  const reasoningMs = (before.reasoningMs ?? 0) + (came.reasoningMs ?? 0)
  const toolCalls = joinedCalls(before.toolCalls, came.toolCalls)
  const citations = joinedCitations(before.citations, came.citations)
  const images = [...(before.images ?? []), ...(came.images ?? [])]
  const audio = came.audio ?? before.audio
  return {
    content: came.content,
    ...(reasoning ? { reasoning } : {}),
    ...(reasoningMs ? { reasoningMs } : {}),
    ...(toolCalls.length ? { toolCalls } : {}),
    ...(citations.length ? { citations } : {}),
    ...(images.length ? { images } : {}),
    ...(audio ? { audio } : {}),
    ...(usage ? { usage } : {}),
    ...(metrics ? { metrics } : {}),
    // Signatures of two answers fit neither the one nor the other text; if nothing came, there is but one.
    ...(before.carry && came.content === before.content ? { carry: before.carry } : {}),
  }
}

export function joinedReasoning(before: string | undefined, came: string | undefined): string {
  return [before, came].filter(Boolean).join('\n\n')
}

export function joinedCalls(before: ToolCall[] = [], came: ToolCall[] = []): ToolCall[] {
  const next = Math.max(-1, ...before.map(({ index }) => index)) + 1
  return [...before, ...came.map((call) => ({ ...call, index: next + call.index }))]
}

function joinedCitations(before: Citation[] = [], came: Citation[] = []): Citation[] {
  const known = new Set(before.map(({ url }) => url))
  return [...before, ...came.filter(({ url }) => !known.has(url))]
}

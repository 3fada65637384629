// What an accumulated answer means for the message that holds it: tool calls, sources, media and the state that its
// model wants back.
import type { Accumulator, GrowingToolCall } from '@/api/accumulate'
import { citationsIn } from '@/chat/citations'
import { audioFrom, imagesIn } from '@/chat/media'
import type { Attachment, Message, ThreadId, ToolCall } from '@/domain'

/** Fields of an answer that its model, and no other, wants to find again. */
const STATE_FIELDS = ['thinking_blocks', 'reasoning_details', 'extra_content', 'content_blocks']

export type PutBlob = (blob: Blob, options: { name: string; threadId: ThreadId }) => Promise<Attachment>

/** Tool calls with the times at which they began and were whole. */
export class ToolTimes {
  private readonly began = new Map<number, number>()
  private readonly ended = new Map<number, number>()
  private last: number | undefined

  /** The call at `index` grew. A call is whole when another begins or the answer ends. */
  grew(index: number, now: number): void {
    if (this.last !== undefined && this.last !== index) this.ended.set(this.last, now)
    if (!this.began.has(index)) this.began.set(index, now)
    this.last = index
  }

  end(now: number): void {
    if (this.last !== undefined) this.ended.set(this.last, now)
  }

  of(index: number): Pick<ToolCall, 'startedAt' | 'durationMs'> {
    const startedAt = this.began.get(index)
    if (startedAt === undefined) return {}
    const ended = this.ended.get(index)
    return { startedAt, ...(ended === undefined ? {} : { durationMs: ended - startedAt }) }
  }
}

export function toolCallsOf(calls: readonly GrowingToolCall[], times: ToolTimes): ToolCall[] {
  return calls.map((call) => ({
    index: call.index,
    id: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
    ...times.of(call.index),
    ...(call.extra_content === undefined ? {} : { carry: call.extra_content }),
  }))
}

/** What stands in the message beside its text. Pictures and sound are stored; pictures elsewhere become links in the text. */
export async function besides(
  answer: Accumulator,
  threadId: ThreadId,
  put: PutBlob,
): Promise<Pick<Message, 'citations' | 'images' | 'audio' | 'carry'> & { links: string }> {
  const citations = citationsIn(answer.extras)
  const { blobs, addresses } = imagesIn(answer.extras)
  const images: string[] = []
  for (const [i, blob] of blobs.entries())
    images.push((await put(blob, { name: `image-${i + 1}.${extensionOf(blob)}`, threadId })).blobId)
  const sound = audioFrom(answer.first.audio.pieces)
  const { transcript } = answer.first.audio
  const carry = stateOf(answer.extras)
  return {
    ...(citations.length ? { citations } : {}),
    ...(images.length ? { images } : {}),
    ...(sound
      ? {
          audio: {
            blobId: (await put(sound, { name: `answer.${extensionOf(sound)}`, threadId })).blobId,
            ...(transcript ? { transcript } : {}),
          },
        }
      : {}),
    ...(carry ? { carry } : {}),
    links: addresses.map((address) => `\n\n![](<${address}>)`).join(''),
  }
}

function extensionOf({ type }: Blob): string {
  return type.slice(type.indexOf('/') + 1).replace(/\+.*$/, '')
}

function stateOf(extras: Record<string, unknown>): Record<string, unknown> | null {
  const state = Object.fromEntries(
    STATE_FIELDS.filter((field) => field in extras).map((field) => [field, extras[field]]),
  )
  return Object.keys(state).length ? state : null
}

/** The text of an answer: what it says, or the words with which it declines, or what was spoken. */
export function textOf({ first }: Accumulator): string {
  return first.content || first.refusal || first.audio.transcript
}

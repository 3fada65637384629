// Messages for tests: whole, with what a test cares about replaced.
import type { Message } from '@/domain'

export function message(patch: Partial<Message> = {}): Message {
  const role = patch.role ?? 'assistant'
  return {
    id: 'm1',
    threadId: 't1',
    seq: 0,
    parentId: null,
    role,
    content: 'Hello',
    createdAt: 0,
    status: 'complete',
    attachments: [],
    ...(role === 'assistant' ? { model: 'demo/guide' } : {}),
    ...patch,
  }
}

// The request behind an answer, built as it would be sent today.

import type { ChatRequest } from '@/api/wire'
import { buildRequest } from '@/chat/request'
import type { Message } from '@/domain'
import { useBlobs } from '@/stores/blobs'
import { useModels } from '@/stores/models'
import { useSettings } from '@/stores/settings'
import { useThreadStore } from '@/stores/threadStore'

export async function requestOf(answer: Message): Promise<ChatRequest> {
  const store = useThreadStore()
  const thread = await store.getThread(answer.threadId)
  const branch = await store.path(answer.threadId, answer.parentId ?? answer.id)
  const params = useSettings().applySettings({ ...thread?.params })
  const model = answer.model ?? thread?.model ?? ''
  return buildRequest(
    {
      model,
      info: useModels().byId(model),
      systemPrompt: thread?.systemPrompt ?? '',
      branch,
      trimmed: answer.xray?.trimmed ?? 0,
      params,
      stream: params.stream ?? true,
    },
    (id) => useBlobs().getBlob(id),
  )
}

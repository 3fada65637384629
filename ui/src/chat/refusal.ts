// Whether a model takes the files of a prompt: asked before anything is sent.
import { GatewayError } from '@/api/errors'
import type { Attachment, ModelInfo } from '@/domain'
import { t } from '@/i18n'
import { accepts } from '@/stores/models'

/** The first file that the model is known not to take, as the error to show; null where there is none. */
export function refusalOf(attachments: readonly Attachment[], model: ModelInfo | undefined): GatewayError | null {
  const refused = attachments.find(({ kind }) => accepts(model, kind) === false)
  if (!refused || !model) return null
  const message = t(`errors.refused_${refused.kind}`, { model: model.name, name: refused.name })
  return new GatewayError({ code: 'unsupported_modality', message })
}

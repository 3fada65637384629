// What the views need from the page around them: colours, formulas, pictures by way of the gateway, the frame for previews.

import { useBoot } from '@/api/boot'
import { errorFromResponse } from '@/api/errors'
import { useSettings } from '@/stores/settings'
import { typeset } from './formulas'
import { highlight } from './highlight/client'
import type { Services } from './view/view'

/** Fetched by the gateway, which guards its network and takes pictures only. Its key travels in a header, so no address
    of a picture could do it. */
async function loadImage(url: string): Promise<Blob> {
  const address = new URL('api/image', useBoot().root)
  address.searchParams.set('url', url)
  const key = useSettings().settings.gatewayKey
  const response = await fetch(address, key ? { headers: { authorization: `Bearer ${key}` } } : {})
  if (!response.ok) throw await errorFromResponse(response, Date.now())
  return response.blob()
}

export function pageServices(): Services {
  return { highlight, typeset, loadImage, previewUrl: new URL('sandbox.html', useBoot().root).href }
}

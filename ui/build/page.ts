// The page as the server wants it: a template whose addresses begin with `{{ base }}`, for it is served at several
// depths and below any path. The development server has nobody to fill the template in, so that is done here.
import type { Plugin, RenderBuiltAssetUrl } from 'vite'

const DEVELOPMENT: Record<string, string> = {
  theme: 'system',
  boot: '{&quot;base&quot;:&quot;/&quot;,&quot;version&quot;:&quot;development&quot;,&quot;needsKey&quot;:false}',
}

/** Addresses in the page start at a base that only the server knows; files name each other relative to themselves. */
export const templateUrl: RenderBuiltAssetUrl = (filename, { hostType }) =>
  hostType === 'html' ? `{{ base }}${filename}` : { relative: true }

export function developmentPage(): Plugin {
  return {
    name: 'llms:development-page',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => DEVELOPMENT[name] ?? ''),
  }
}

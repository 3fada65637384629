// Every browser that runs this page reads WOFF2: the older formats that a style sheet of a package offers stay out.
import type { Plugin } from 'vite'

const OLDER_FORMAT = /,\s*url\([^)]+\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g

export function onlyWoff2(): Plugin {
  return {
    name: 'llms:only-woff2',
    enforce: 'pre',
    transform: {
      filter: { id: /[\\/]katex[\\/]dist[\\/]katex(?:\.min)?\.css/ },
      handler: (code) => ({ code: code.replace(OLDER_FORMAT, ''), map: null }),
    },
  }
}

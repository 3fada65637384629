// Vue under Trusted Types. Vue would like a policy of its own, which declares any string to be safe HTML; without that
// policy only what the sanitizer made gets into the page, and the browser itself sees to it.
import type { Plugin } from 'vite'

const RUNTIME = /[\\/]@vue[\\/]runtime-dom[\\/]dist[\\/]runtime-dom\.esm-bundler\.js$/
const LOOKS_FOR_TRUSTED_TYPES = 'const tt = typeof window !== "undefined" && window.trustedTypes;'

/** Static parts of a template would be inserted as a string of HTML, where they are large. */
export const compilerOptions = { hoistStatic: false }

/** Takes the policy away. The page's policy would refuse it anyway, but with an error in the console. */
export function noPolicyForVue(): Plugin {
  return {
    name: 'llms:no-policy-for-vue',
    transform: {
      filter: { id: RUNTIME },
      handler(code) {
        if (!code.includes(LOOKS_FOR_TRUSTED_TYPES)) this.error('Vue looks for Trusted Types in another way now')
        return { code: code.replace(LOOKS_FOR_TRUSTED_TYPES, 'const tt = undefined;'), map: null }
      },
    },
  }
}

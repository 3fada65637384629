// The one way to start a worker. The page's policy turns addresses of scripts into a type that only this can make, and
// only for addresses of this origin.

interface ScriptUrls {
  createScriptURL(url: string): string
}

interface PolicyFactory {
  createPolicy(name: string, rules: ScriptUrls): ScriptUrls
}

const rules: ScriptUrls = {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`Not a script of this page: ${url}`)
    return url
  },
}

let policy: ScriptUrls | null = null

function trustedUrl(url: string): string {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
  policy ??= factory ? factory.createPolicy('llms-worker', rules) : rules
  return policy.createScriptURL(url)
}

/** A module worker from an address of this page, for instance of an import that ends in `?worker&url`. */
export function trustedWorker(url: string, name: string): Worker {
  return new Worker(trustedUrl(url), { type: 'module', name })
}

// What a person chose, in localStorage under `llms.settings`: how the UI behaves, and a default for every parameter of a
// request. A value of the wrong type is dropped, never trusted: the storage can be written by anyone on this origin.
import { reactive, type Reactive } from 'vue'
import type { ChatParams } from '@/domain'

export const SETTINGS_KEY = 'llms.settings'

export interface UiSettings {
  /** "Enable Streaming": show an answer while it is made. */
  stream: boolean
  theme: 'system' | 'light' | 'dark' | 'contrast'
  /** Base size of text in pixels. */
  fontSize: number
  enterSends: 'enter' | 'ctrl-enter'
  smoothing: 'off' | 'smooth' | '60cps'
  announce: 'status' | 'sentences' | 'answer' | 'off'
  showReasoning: 'auto' | 'open' | 'closed'
  /** No effects: no caret, no shimmer, no smooth scrolling. */
  plainMode: boolean
  sidebarWidth: number
  sidebarOpen: boolean
  /** The model used last; empty until one was. */
  model: string
  favoriteModels: string[]
  /** Sent as the bearer of every request where the gateway asks for one. */
  gatewayKey: string
  /** BCP 47; empty follows the browser. */
  locale: string
  shortcutsEnabled: boolean
  /** Keys by action, where they differ from the built-in ones; an empty string unbinds. */
  shortcuts: Record<string, string>
}

type RequestDefaults = Omit<ChatParams, 'stream'>

export type Settings = UiSettings & RequestDefaults

export type SettingsPatch = { [K in keyof Settings]?: Settings[K] | undefined }

type Guard = (value: unknown) => boolean

const isText: Guard = (value) => typeof value === 'string'
const isFlag: Guard = (value) => typeof value === 'boolean'
const isNumber: Guard = (value) => typeof value === 'number' && Number.isFinite(value)
const isTextList: Guard = (value) => Array.isArray(value) && value.every(isText)
const isTextMap: Guard = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText)
const between =
  (low: number, high: number): Guard =>
  (value) =>
    isNumber(value) && (value as number) >= low && (value as number) <= high
const oneOf =
  (...values: string[]): Guard =>
  (value) =>
    values.includes(value as string)

const UI_GUARDS: Record<keyof UiSettings, Guard> = {
  stream: isFlag,
  theme: oneOf('system', 'light', 'dark', 'contrast'),
  fontSize: between(12, 28),
  enterSends: oneOf('enter', 'ctrl-enter'),
  smoothing: oneOf('off', 'smooth', '60cps'),
  announce: oneOf('status', 'sentences', 'answer', 'off'),
  showReasoning: oneOf('auto', 'open', 'closed'),
  plainMode: isFlag,
  sidebarWidth: between(220, 400),
  sidebarOpen: isFlag,
  model: isText,
  favoriteModels: isTextList,
  gatewayKey: isText,
  locale: isText,
  shortcutsEnabled: isFlag,
  shortcuts: isTextMap,
}

const REQUEST_GUARDS: Record<keyof RequestDefaults, Guard> = {
  temperature: isNumber,
  top_p: isNumber,
  max_completion_tokens: isNumber,
  seed: isNumber,
  frequency_penalty: isNumber,
  presence_penalty: isNumber,
  stop: isTextList,
  reasoning_effort: isText,
  verbosity: isText,
  service_tier: isText,
  top_logprobs: isNumber,
  logprobs: isFlag,
  safety_identifier: isText,
  prompt_cache_key: isText,
  parallel_tool_calls: isFlag,
  enable_thinking: isFlag,
  store: isFlag,
}

const GUARDS: Record<string, Guard> = { ...UI_GUARDS, ...REQUEST_GUARDS }

/** Every request parameter that can have a default, and whether the request is streamed. */
export const allFields = ['stream', ...Object.keys(REQUEST_GUARDS)] as (keyof RequestDefaults | 'stream')[]
/** Those of them that are on or off. */
export const boolFields = allFields.filter((field) => GUARDS[field] === isFlag)
/** Those of them that are numbers. */
export const numberFields = allFields.filter((field) => GUARDS[field] === isNumber)

export function defaultSettings(): Settings {
  return {
    stream: true,
    theme: 'system',
    fontSize: 16,
    enterSends: 'enter',
    smoothing: 'off',
    announce: 'status',
    showReasoning: 'auto',
    plainMode: false,
    sidebarWidth: 280,
    sidebarOpen: true,
    model: '',
    favoriteModels: [],
    gatewayKey: '',
    locale: '',
    shortcutsEnabled: true,
    shortcuts: {},
  }
}

/** What of a stored text is settings; the rest is left out. */
export function parseSettings(text: string | null): SettingsPatch {
  if (!text) return {}
  try {
    const stored: unknown = JSON.parse(text)
    if (typeof stored !== 'object' || stored === null) return {}
    return Object.fromEntries(Object.entries(stored).filter(([key, value]) => GUARDS[key]?.(value)))
  } catch {
    return {}
  }
}

export interface SettingsStore {
  settings: Reactive<Settings>
  allFields: typeof allFields
  boolFields: typeof boolFields
  numberFields: typeof numberFields
  /** Takes each valid value, drops a key given as undefined, and stores at once; false when it could not be stored. */
  saveSettings(patch: SettingsPatch): boolean
  resetSettings(): void
  /** Fills the request with the defaults of every parameter that it does not set itself. */
  applySettings<T extends object>(request: T): T
}

type KeyValue = Pick<Storage, 'getItem' | 'setItem'>

export function createSettings(storage: KeyValue | null): SettingsStore & { reload(text: string | null): void } {
  const settings = reactive(defaultSettings())
  const record = settings as Record<string, unknown>

  function assign(patch: SettingsPatch): void {
    for (const [key, value] of Object.entries(patch)) {
      const fallback = defaultSettings()[key as keyof Settings]
      if (value === undefined && fallback === undefined) delete record[key]
      else if (value === undefined) record[key] = fallback
      else if (GUARDS[key]?.(value)) record[key] = value
    }
  }

  function store(): boolean {
    try {
      storage?.setItem(SETTINGS_KEY, JSON.stringify(settings))
      return storage !== null
    } catch {
      return false
    }
  }

  function reload(text: string | null): void {
    const next = { ...defaultSettings(), ...parseSettings(text) }
    for (const key of Object.keys(record)) if (!(key in next)) delete record[key]
    assign(next)
  }

  function saveSettings(patch: SettingsPatch): boolean {
    assign(patch)
    return store()
  }

  function resetSettings(): void {
    reload(null)
    store()
  }

  function applySettings<T extends object>(request: T): T {
    const target = request as Record<string, unknown>
    for (const field of allFields) {
      const value = record[field]
      const empty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
      if (!empty && target[field] === undefined) target[field] = Array.isArray(value) ? [...value] : value
    }
    return request
  }

  reload(readItem(storage))
  return { settings, allFields, boolFields, numberFields, saveSettings, resetSettings, applySettings, reload }
}

function readItem(storage: KeyValue | null): string | null {
  try {
    return storage?.getItem(SETTINGS_KEY) ?? null
  } catch {
    return null
  }
}

/** localStorage, or null where the browser refuses it: merely touching it can throw. */
function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

let shared: ReturnType<typeof createSettings> | undefined

export function useSettings(): SettingsStore {
  if (!shared) {
    const created = createSettings(browserStorage())
    globalThis.addEventListener?.('storage', (event: StorageEvent) => {
      if (event.key === SETTINGS_KEY || event.key === null) created.reload(event.newValue)
    })
    shared = created
  }
  return shared
}

// All visible text: `t('area.key', values)`. Keys are checked by the compiler; another language is one more catalogue.
import { shallowReactive, shallowRef, type ShallowRef } from 'vue'
import { fill, type Area, type Values } from '@/i18n/catalogue'
import { en, type Catalogue } from '@/i18n/en'

export type Key = {
  [A in keyof Catalogue & string]: `${A}.${keyof Catalogue[A] & string}`
}[keyof Catalogue & string]

type Areas = Record<string, Area>

const english = shallowReactive<Areas>({ ...en })
const translated = shallowRef<Areas>({})

/** The locale of numbers and dates: the one that was set, else the browser's. */
export const locale: ShallowRef<string> = shallowRef(browserLocale())

function browserLocale(): string {
  return globalThis.navigator?.language || 'en'
}

const RTL = /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/

/** Sets the locale (empty: the browser's) and the messages of its language; English stands in for what is missing. */
export function setLocale(tag: string, messages: Areas = {}): void {
  locale.value = tag || browserLocale()
  translated.value = messages
  const shown = Object.keys(messages).length > 0 ? locale.value : 'en'
  document.documentElement.lang = shown
  document.documentElement.dir = RTL.test(shown) ? 'rtl' : 'ltr'
}

/** Adds the English areas of a part that is loaded later. */
export function addMessages(areas: { [A in keyof Catalogue]?: Catalogue[A] }): void {
  Object.assign(english, areas)
}

export function t(key: Key, values: Values = {}): string {
  const dot = key.indexOf('.')
  const area = key.slice(0, dot)
  const name = key.slice(dot + 1)
  const own = translated.value[area]?.[name]
  if (own !== undefined) return fill(own, values, locale.value)
  const message = english[area]?.[name]
  // English sentences keep English plurals and digits unless the locale is English as well.
  return message === undefined ? key : fill(message, values, locale.value.startsWith('en') ? locale.value : 'en')
}

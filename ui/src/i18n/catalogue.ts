// What a catalogue of messages is, and how one message becomes a sentence. A message holds `{names}` that are filled in;
// one that depends on a number has a form for each plural category of its language, picked by the value `count`.

export type Plural = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>
export type Message = string | Plural
export type Area = Readonly<Record<string, Message>>
export type Values = Record<string, string | number>

const pluralRules = new Map<string, Intl.PluralRules>()

function pluralForm(message: Plural, count: number, locale: string): string {
  let rules = pluralRules.get(locale)
  if (!rules) pluralRules.set(locale, (rules = new Intl.PluralRules(locale)))
  return message[rules.select(count)] ?? message.other
}

/** The sentence. Numbers are written as the locale writes them; a name without a value stays as it is, to be seen. */
export function fill(message: Message, values: Values, locale: string): string {
  const text = typeof message === 'string' ? message : pluralForm(message, Number(values['count'] ?? 0), locale)
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? value.toLocaleString(locale) : value
  })
}

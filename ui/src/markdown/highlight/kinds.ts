// The kinds of tokens that have a colour. What a grammar calls them in detail is narrowed to these.

export const KINDS = [
  '',
  'comment',
  'keyword',
  'string',
  'number',
  'function',
  'type',
  'attribute',
  'added',
  'removed',
  'strong',
  'em',
] as const

export type Kind = (typeof KINDS)[number]

const KIND_OF: Record<string, Kind> = {
  comment: 'comment',
  quote: 'comment',
  doctag: 'comment',
  keyword: 'keyword',
  'selector-tag': 'keyword',
  'selector-pseudo': 'keyword',
  tag: 'keyword',
  name: 'keyword',
  literal: 'number',
  number: 'number',
  symbol: 'number',
  bullet: 'number',
  char: 'string',
  string: 'string',
  regexp: 'string',
  link: 'string',
  code: 'string',
  title: 'function',
  section: 'function',
  'selector-id': 'function',
  type: 'type',
  class: 'type',
  built_in: 'type',
  'selector-class': 'type',
  'title.class': 'type',
  attr: 'attribute',
  attribute: 'attribute',
  property: 'attribute',
  variable: 'attribute',
  'template-variable': 'attribute',
  meta: 'attribute',
  params: '',
  subst: '',
  operator: '',
  punctuation: '',
  addition: 'added',
  deletion: 'removed',
  strong: 'strong',
  emphasis: 'em',
}

/** The kind of a scope such as `title.function.invoke`: that of the longest beginning that has one. */
export function kindOf(scope: string): Kind {
  for (let name = scope; name; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const kind = KIND_OF[name]
    if (kind !== undefined) return kind
  }
  return ''
}

// The languages of code blocks: what people call them, what a file of theirs is called, which grammar colours them.

import type { PreviewType } from '../view/preview'

export interface CodeLabel {
  /** The grammar, or empty where there is none. */
  language: string
  /** For people. */
  name: string
  fileName: string
  preview: PreviewType | null
}

/** grammar | name | extension, which is a name of it too | other names */
const TABLE = `
bash|Shell|sh|sh shell zsh console shellsession terminal
c|C|c|h
cpp|C++|cpp|c++ cc hpp cxx
csharp|C#|cs|c# dotnet
css|CSS|css|
dart|Dart|dart|
diff|Diff|diff|patch
dockerfile|Dockerfile|Dockerfile|docker containerfile
elixir|Elixir|ex|exs
go|Go|go|golang
graphql|GraphQL|graphql|gql
haskell|Haskell|hs|
ini|INI|ini|properties conf cfg
toml|TOML|toml|
java|Java|java|
javascript|JavaScript|js|mjs cjs jsx
json|JSON|json|jsonc json5 jsonl ndjson
julia|Julia|jl|
kotlin|Kotlin|kt|kts
latex|LaTeX|tex|tex
less|Less|less|
lua|Lua|lua|
makefile|Makefile|Makefile|make mk
markdown|Markdown|md|md mdx
matlab|MATLAB|m|octave
nginx|nginx|conf|
objectivec|Objective-C|m|objc objective-c
perl|Perl|pl|
php|PHP|php|
powershell|PowerShell|ps1|ps ps1 pwsh
protobuf|Protocol Buffers|proto|proto
python|Python|py|py python3 pyi pycon
r|R|r|
ruby|Ruby|rb|rb
rust|Rust|rs|rs
scala|Scala|scala|
scss|SCSS|scss|sass
sql|SQL|sql|postgres postgresql mysql sqlite plsql
swift|Swift|swift|
typescript|TypeScript|ts|ts tsx mts cts
vbnet|Visual Basic|vb|vb
xml|XML|xml|xsl rss plist
html|HTML|html|htm xhtml
vue|Vue|vue|
svelte|Svelte|svelte|
svg|SVG|svg|
yaml|YAML|yaml|yml
mermaid|Mermaid|mmd|
plaintext|Text|txt|text txt plain
`

/** Languages that another one's grammar colours. */
const GRAMMAR: Record<string, string> = { html: 'xml', vue: 'xml', svelte: 'xml', svg: 'xml', toml: 'ini' }
const PREVIEW: Record<string, PreviewType> = { html: 'html', svg: 'html', mermaid: 'mermaid' }
const WITHOUT_GRAMMAR = new Set(['mermaid', 'plaintext'])
const FILE_NAME = /(?:^|\s)(?:title|file|filename|name)=["']?([^"'\s]+)/i

interface Row {
  id: string
  name: string
  extension: string
}

const rows = new Map<string, Row>()
for (const line of TABLE.trim().split('\n')) {
  const [id = '', name = '', extension = '', others = ''] = line.split('|')
  for (const alias of [id, extension, ...others.split(' ').filter(Boolean)])
    if (!rows.has(alias)) rows.set(alias, { id, name, extension })
}

/** Reads what stands after an opening fence: a language, and perhaps the name of a file. */
export function readLabel(info: string): CodeLabel {
  const [, word = '', path = ''] = /^\{?\.?([^\s:{}]*)(?::(\S+))?/.exec(info.trim()) ?? []
  const looksLikeFile = /[./\\][^.]+$/.test(word) && !rows.has(word.toLowerCase())
  const extension = looksLikeFile ? (word.split('.').at(-1) ?? '') : word
  const row = rows.get(extension.toLowerCase())
  const told = FILE_NAME.exec(info)?.[1] ?? (looksLikeFile ? word : path)
  return {
    language: row && !WITHOUT_GRAMMAR.has(row.id) ? (GRAMMAR[row.id] ?? row.id) : '',
    name: row?.name ?? word,
    fileName: baseName(told) || fallbackName(row),
    preview: (row && PREVIEW[row.id]) ?? null,
  }
}

function fallbackName(row: Row | undefined): string {
  if (!row) return 'code.txt'
  return row.extension === row.name ? row.name : `code.${row.extension}`
}

/** A plain name: no folders, nothing that a file system could mistake for more. */
function baseName(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? ''
  return name
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^\.+(?=\.|$)/, '')
    .slice(0, 100)
}

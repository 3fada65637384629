// A request as something to paste elsewhere: a shell, a Python file, a JavaScript file. Keys are never part of it.

import type { ChatRequest } from '@/api/wire'

/** Base64 of attachments would drown everything else. */
const LONG_DATA = /^data:[^,]{0,100},.{200,}$/s

export function shorten(body: ChatRequest): ChatRequest {
  return JSON.parse(
    JSON.stringify(body, (_, value: unknown) =>
      typeof value === 'string' && LONG_DATA.test(value) ? `${value.slice(0, value.indexOf(',') + 1)}…` : value,
    ),
  ) as ChatRequest
}

export function asCurl(base: string, body: ChatRequest): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''")
  return [
    `curl ${body.stream ? '-N ' : ''}${base}/chat/completions \\`,
    `  -H 'content-type: application/json' \\`,
    `  -H "authorization: Bearer $LLMS_API_KEY" \\`,
    `  -d '${json}'`,
  ].join('\n')
}

export function asPython(base: string, body: ChatRequest): string {
  const { messages, model, stream, ...rest } = body
  const args = [`model=${python(model)}`, `messages=${python(messages, 1)}`]
  // Fields the SDK may not know still reach the gateway.
  if (Object.keys(rest).length) args.push(`extra_body=${python(rest, 1)}`)
  if (stream) args.push('stream=True')
  const call = `client.chat.completions.create(\n${args.map((arg) => `    ${arg},\n`).join('')})`
  const use = stream
    ? `for chunk in ${call}:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="", flush=True)`
    : `completion = ${call}\nprint(completion.choices[0].message.content)`
  return [
    'import os',
    '',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${python(base)}, api_key=os.environ.get("LLMS_API_KEY", "none"))`,
    use,
    '',
  ].join('\n')
}

export function asJavaScript(base: string, body: ChatRequest): string {
  const json = JSON.stringify(body, null, 2)
  const use = body.stream
    ? "for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')"
    : 'console.log(answer.choices[0].message.content)'
  return [
    "import OpenAI from 'openai'",
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(base)}, apiKey: process.env.LLMS_API_KEY ?? 'none' })`,
    `const answer = await client.chat.completions.create(${json})`,
    use,
    '',
  ].join('\n')
}

/** A JSON value as Python writes it. */
export function python(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  // Every escape of JSON is one of Python, but for those of UTF-16 pairs, which JSON.stringify does not write.
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = '    '.repeat(depth + 1)
  const entries = Array.isArray(value)
    ? value.map((item) => python(item, depth + 1))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item, depth + 1)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (!entries.length) return `${open}${close}`
  return `${open}\n${entries.map((entry) => `${inner}${entry},\n`).join('')}${'    '.repeat(depth)}${close}`
}

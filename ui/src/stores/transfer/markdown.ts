// One thread as Markdown, for reading elsewhere: the branch that is shown, with reasoning folded away.
import type { Message, Thread } from '@/domain'

/** Words around the texts, in the language of the page. */
export interface MarkdownWords {
  user: string
  assistant: string
  systemPrompt: string
  reasoning: string
  toolCall: string
  attachments: string
}

export const ENGLISH: MarkdownWords = {
  user: 'You',
  assistant: 'Assistant',
  systemPrompt: 'System prompt',
  reasoning: 'Reasoning',
  toolCall: 'Tool call',
  attachments: 'Attachments',
}

export function toMarkdown(thread: Thread, messages: Message[], words: MarkdownWords = ENGLISH): string {
  const head = [`# ${thread.title.replace(/\s+/g, ' ')}`]
  if (thread.systemPrompt) head.push(`## ${words.systemPrompt}`, thread.systemPrompt)
  return `${[...head, ...messages.flatMap((message) => blocksOf(message, words))].join('\n\n')}\n`
}

function blocksOf(message: Message, words: MarkdownWords): string[] {
  const model = message.model ? ` (${message.model})` : ''
  const blocks = [message.role === 'user' ? `## ${words.user}` : `## ${words.assistant}${model}`]
  if (message.reasoning) blocks.push(details(words.reasoning, message.reasoning))
  for (const call of message.toolCalls ?? []) {
    const result = call.result === undefined ? '' : `\n\n${fence(call.result)}`
    blocks.push(details(`${words.toolCall}: ${call.name}`, fence(call.arguments) + result))
  }
  if (message.content) blocks.push(message.content)
  if (message.error) blocks.push(`> ${message.error.message.replace(/\n/g, '\n> ')}`)
  if (message.attachments.length)
    blocks.push(`${words.attachments}: ${message.attachments.map((attachment) => attachment.name).join(', ')}`)
  for (const [i, { title, url }] of (message.citations ?? []).entries()) blocks.push(`${i + 1}. [${title}](<${url}>)`)
  return blocks
}

function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`
}

/** A fence longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), (run) => run[0].length))
  const mark = '`'.repeat(longest + 1)
  return `${mark}\n${text}\n${mark}`
}

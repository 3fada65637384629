// Other products store the steps of one answer (thoughts, calls of tools, their results, pieces of text) as messages of
// their own. Here they become one answer, while real branches stay branches.
import type { Attachment, ToolCall } from '@/domain'
import type { LooseMessage } from './conversation'

export interface SourceNode {
  id: string
  parentId: string | null
  /** `skip`: not shown, as a system message; what follows it follows the message before. */
  role: 'user' | 'assistant' | 'tool' | 'skip'
  createdAt?: number
  content?: string
  reasoning?: string
  reasoningMs?: number
  toolCalls?: Omit<ToolCall, 'index'>[]
  /** The result of a tool and the call that it answers. */
  result?: { callId: string; name: string; text: string }
  attachments?: Attachment[]
  /** Anything else of the answer. */
  rest?: Partial<LooseMessage>
}

export interface Folded {
  messages: LooseMessage[]
  /** The message that a node went into; null for what lies before the first message. */
  messageOf(nodeId: string): string | null
}

interface Place {
  message: LooseMessage | null
  /** Nothing branched off since the message began, so that more may be added to it. */
  open: boolean
}

/** Nodes come in any order; one whose parent is missing begins a branch of its own. */
export function foldNodes(nodes: SourceNode[]): Folded {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const childCount = new Map<string, number>()
  for (const { parentId } of nodes) if (parentId !== null) childCount.set(parentId, (childCount.get(parentId) ?? 0) + 1)
  const places = new Map<string, Place>()
  const messages: LooseMessage[] = []

  const start: Place = { message: null, open: false }
  for (const node of nodes) {
    for (const each of unplacedChain(node, byId, places)) {
      const before = (each.parentId !== null && places.get(each.parentId)) || start
      const open = before.open && childCount.get(each.parentId ?? '') === 1
      places.set(each.id, place(each, { message: before.message, open }, messages))
    }
  }
  return { messages, messageOf: (nodeId) => places.get(nodeId)?.message?.id ?? null }
}

/** The node with those before it that have no place yet, first one first. */
function unplacedChain(node: SourceNode, byId: Map<string, SourceNode>, places: Map<string, Place>): SourceNode[] {
  const chain: SourceNode[] = []
  const seen = new Set<string>()
  for (let each: SourceNode | undefined = node; each && !places.has(each.id) && !seen.has(each.id);) {
    chain.push(each)
    seen.add(each.id)
    each = each.parentId === null ? undefined : byId.get(each.parentId)
  }
  return chain.reverse()
}

function place(node: SourceNode, before: Place, messages: LooseMessage[]): Place {
  if (node.role === 'skip') return before
  const role = node.role === 'user' ? 'user' : 'assistant'
  const continues = before.open && role === 'assistant' && before.message?.role === 'assistant'
  const message: LooseMessage = continues
    ? before.message!
    : {
        id: node.id,
        parentId: before.message?.id ?? null,
        role,
        ...(node.createdAt ? { createdAt: node.createdAt } : {}),
      }
  if (!continues) messages.push(message)
  add(node, message)
  return { message, open: true }
}

function add(node: SourceNode, message: LooseMessage): void {
  const joined = (a: string | undefined, b: string) => (a ? `${a}\n\n${b}` : b)
  if (node.content) message.content = joined(message.content, node.content)
  if (node.reasoning) message.reasoning = joined(message.reasoning, node.reasoning)
  if (node.reasoningMs) message.reasoningMs = (message.reasoningMs ?? 0) + node.reasoningMs
  if (node.attachments?.length) message.attachments = [...(message.attachments ?? []), ...node.attachments]
  for (const call of node.toolCalls ?? []) addCall(message, call)
  if (node.result) addResult(message, node.result)
  if (node.rest) Object.assign(message, node.rest)
}

function addCall(message: LooseMessage, call: Omit<ToolCall, 'index'>): void {
  const calls = message.toolCalls ?? []
  message.toolCalls = [...calls, { ...call, index: calls.length }]
}

function addResult(message: LooseMessage, { callId, name, text }: NonNullable<SourceNode['result']>): void {
  const calls = message.toolCalls ?? []
  const waiting = calls.find((call) => (callId ? call.id === callId : call.result === undefined))
  if (waiting) message.toolCalls = calls.map((call) => (call === waiting ? { ...call, result: text } : call))
  else addCall(message, { id: callId, name, arguments: '', result: text })
}

// The shape of a thread: which message follows which. Light enough to hold ten thousand; knows no text and no storage.
import type { MessageId } from '@/domain'

export interface TreeNode {
  id: MessageId
  seq: number
  parentId: MessageId | null
}

export class MessageTree {
  private readonly nodes = new Map<MessageId, TreeNode>()
  private readonly childIds = new Map<MessageId | null, MessageId[]>()

  /** Nodes come in order of `seq`; one whose parent is missing becomes a first message, so that nothing is out of reach. */
  constructor(nodes: Iterable<TreeNode> = []) {
    for (const node of nodes) this.add(node)
  }

  get size(): number {
    return this.nodes.size
  }

  has(id: MessageId): boolean {
    return this.nodes.has(id)
  }

  get(id: MessageId): TreeNode | undefined {
    return this.nodes.get(id)
  }

  add(node: TreeNode): void {
    if (this.nodes.has(node.id)) return
    const parentId = node.parentId !== null && this.nodes.has(node.parentId) ? node.parentId : null
    this.nodes.set(node.id, { ...node, parentId })
    const siblings = this.childIds.get(parentId)
    if (!siblings) this.childIds.set(parentId, [node.id])
    else {
      // Nearly always the newest; another tab's message can arrive late.
      let at = siblings.length
      while (at > 0 && this.nodes.get(siblings[at - 1]!)!.seq > node.seq) at--
      siblings.splice(at, 0, node.id)
    }
  }

  /** Takes out a message with all that follows it, and names what went, parents first. */
  remove(id: MessageId): MessageId[] {
    const node = this.nodes.get(id)
    if (!node) return []
    const gone = this.subtree(id)
    const siblings = this.childIds.get(node.parentId)!
    siblings.splice(siblings.indexOf(id), 1)
    for (const each of gone) {
      this.nodes.delete(each)
      this.childIds.delete(each)
    }
    return gone
  }

  children(id: MessageId | null): readonly MessageId[] {
    return this.childIds.get(id) ?? []
  }

  /** The messages with the same parent, this one among them, in order of creation. */
  siblings(id: MessageId): readonly MessageId[] {
    const node = this.nodes.get(id)
    return node ? this.children(node.parentId) : []
  }

  /** From the first message down to this one. */
  path(id: MessageId | null): MessageId[] {
    const path: MessageId[] = []
    for (let node = id === null ? undefined : this.nodes.get(id); node;) {
      path.push(node.id)
      node = node.parentId === null ? undefined : this.nodes.get(node.parentId)
    }
    return path.reverse()
  }

  /** This message and all that follow it on any branch, parents first. */
  subtree(id: MessageId): MessageId[] {
    if (!this.nodes.has(id)) return []
    const found = [id]
    for (let i = 0; i < found.length; i++) for (const child of this.children(found[i]!)) found.push(child)
    return found
  }

  /** The end of the branch worked on last below this message; below the whole thread for null. */
  newestLeaf(id: MessageId | null): MessageId | null {
    const starts = id === null ? this.children(null) : [id]
    let newest: TreeNode | undefined
    for (const start of starts) {
      for (const each of this.subtree(start)) {
        const node = this.nodes.get(each)!
        if (this.children(each).length === 0 && (!newest || node.seq > newest.seq)) newest = node
      }
    }
    return newest?.id ?? null
  }

  isAncestor(id: MessageId, of: MessageId): boolean {
    for (let node = this.nodes.get(of); node; node = node.parentId === null ? undefined : this.nodes.get(node.parentId))
      if (node.id === id) return true
    return false
  }

  /** What to show when this message goes: the branch of its neighbour, else the message before it. */
  successor(id: MessageId): MessageId | null {
    const node = this.nodes.get(id)
    if (!node) return this.newestLeaf(null)
    const siblings = this.siblings(id)
    const at = siblings.indexOf(id)
    const neighbour = siblings[at - 1] ?? siblings[at + 1]
    return neighbour === undefined ? node.parentId : this.newestLeaf(neighbour)
  }
}

// The open thread as one tab sees it: the whole shape, the branch that is shown, and the bodies loaded so far.
// Each tab keeps its own branch; the thread's `leafId` is only where it is opened next.
import type { Message, MessageId, ThreadId } from '@/domain'
import { MessageTree, type TreeNode } from './tree'

/** How many messages of the branch are read at once. */
export const WINDOW = 100

export type ReadBodies = (ids: readonly MessageId[]) => Promise<Message[]>

export class Branch {
  readonly tree: MessageTree
  private readonly bodies = new Map<MessageId, Message>()
  private path: MessageId[] = []
  /** Where in the path the loaded part begins; it reaches to the end. */
  private start = 0
  private shown: MessageId | null = null

  constructor(
    readonly threadId: ThreadId,
    nodes: TreeNode[],
    private readonly readBodies: ReadBodies,
  ) {
    this.tree = new MessageTree(nodes)
  }

  get leafId(): MessageId | null {
    return this.shown
  }

  /** How many messages of the branch lie before those that are loaded. */
  get earlier(): number {
    return this.start
  }

  /** The loaded part of the branch, in order, without a gap. */
  messages(): Message[] {
    return this.path.slice(this.start).map((id) => this.bodies.get(id)!)
  }

  body(id: MessageId): Message | undefined {
    return this.bodies.get(id)
  }

  siblings(id: MessageId): Message[] {
    return this.tree.siblings(id).flatMap((each) => this.bodies.get(each) ?? [])
  }

  /** Shows the branch that ends here, from `from` on, or its last window. */
  async show(leafId: MessageId | null, from?: MessageId): Promise<void> {
    const leaf = leafId !== null && this.tree.has(leafId) ? leafId : this.tree.newestLeaf(null)
    const path = this.tree.path(leaf)
    // What was loaded of a common beginning stays loaded.
    const common = this.path.findIndex((id, i) => path[i] !== id)
    const kept = common === -1 ? this.path.length : common
    let start = Math.max(0, path.length - WINDOW)
    if (kept > this.start) start = Math.min(start, this.start)
    if (from !== undefined && path.includes(from)) start = Math.min(start, path.indexOf(from))
    await this.load(path, start)
    this.shown = leaf
    this.path = path
    this.start = start
  }

  /** Loads up to `count` messages before the loaded part; the number that came. */
  async loadEarlier(count: number): Promise<number> {
    const { path } = this
    const start = Math.max(0, this.start - count)
    await this.load(path, start)
    if (path !== this.path) return 0
    const came = this.start - start
    this.start = Math.min(start, this.start)
    return Math.max(0, came)
  }

  /** Loads the bodies from `start` on, and those of all their siblings, for the arrows between branches. */
  private async load(path: MessageId[], start: number): Promise<void> {
    const missing: MessageId[] = []
    for (const id of path.slice(start))
      for (const each of this.tree.siblings(id)) if (!this.bodies.has(each)) missing.push(each)
    if (missing.length === 0) return
    const found = await this.readBodies(missing)
    for (const message of found) this.keep(message)
    // Gone since the shape was read, as by another tab: its answers are gone with it.
    const present = new Set(found.map((message) => message.id))
    for (const id of missing) if (!present.has(id)) this.tree.remove(id)
    if (missing.some((id) => !this.tree.has(id) && path.includes(id)))
      path.splice(path.findIndex((id) => !this.tree.has(id)))
  }

  private keep(message: Message): boolean {
    const known = this.bodies.get(message.id)
    if (known && (known.revision ?? 0) > (message.revision ?? 0)) return false
    this.bodies.set(message.id, message)
    return true
  }

  /**
   * Takes a message that was added or changed; false when it is old news. `follow` shows it if it continues what is shown;
   * `select` shows it in any case.
   */
  accept(message: Message, { select = false, follow = false } = {}): boolean {
    if (!this.keep(message)) return false
    this.tree.add({ id: message.id, seq: message.seq, parentId: message.parentId })
    if (select || (follow && this.continuesWith(message.id))) this.extendTo(message.id)
    return true
  }

  /** Whether the message comes after what is shown, on the same branch. */
  continuesWith(id: MessageId): boolean {
    return this.shown === null || (this.shown !== id && this.tree.isAncestor(this.shown, id))
  }

  /** Shows the branch that ends here with as much of it as is loaded. */
  private extendTo(id: MessageId | null): void {
    const path = this.tree.path(id)
    let start = path.length
    while (start > 0 && this.bodies.has(path[start - 1]!)) start--
    this.shown = id
    this.path = path
    this.start = start
  }

  /** Forgets a message with all that follows it; true when another branch had to be chosen, which may need loading. */
  remove(id: MessageId): boolean {
    const next = this.tree.successor(id)
    for (const gone of this.tree.remove(id)) this.bodies.delete(gone)
    const shownGone = this.shown !== null && !this.tree.has(this.shown)
    if (shownGone) this.extendTo(next)
    return shownGone
  }
}

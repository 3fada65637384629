// @vitest-environment node
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageTree, type TreeNode } from '@/stores/tree'

/** Trees of any shape: each node follows an earlier one, or none. */
const trees = fc.array(fc.nat(), { maxLength: 40 }).map((picks) =>
  picks.map((pick, seq): TreeNode => ({
    id: `n${seq}`,
    seq,
    parentId: pick % (seq + 1) === seq ? null : `n${pick % (seq + 1)}`,
  })),
)
const treesWithNode = trees
  .filter((nodes) => nodes.length > 0)
  .chain((nodes) => fc.record({ nodes: fc.constant(nodes), node: fc.constantFrom(...nodes) }))

describe('the tree of a thread', () => {
  it('leads from a first message to each one without a gap', () => {
    fc.assert(
      fc.property(treesWithNode, ({ nodes, node }) => {
        const tree = new MessageTree(nodes)
        const path = tree.path(node.id)
        expect(path.at(-1)).toBe(node.id)
        expect(tree.get(path[0]!)!.parentId).toBeNull()
        for (let i = 1; i < path.length; i++) expect(tree.get(path[i]!)!.parentId).toBe(path[i - 1])
      }),
    )
  })

  it('has every message among its siblings, once, in order of creation', () => {
    fc.assert(
      fc.property(treesWithNode, ({ nodes, node }) => {
        const tree = new MessageTree(nodes)
        const siblings = tree.siblings(node.id)
        expect(siblings.filter((id) => id === node.id)).toHaveLength(1)
        expect(siblings).toEqual(nodes.filter((each) => each.parentId === node.parentId).map((each) => each.id))
      }),
    )
  })

  it('ends the branch of a message at the newest message without followers below it', () => {
    fc.assert(
      fc.property(treesWithNode, ({ nodes, node }) => {
        const tree = new MessageTree(nodes)
        const leaf = tree.newestLeaf(node.id)!
        expect(tree.path(leaf)).toContain(node.id)
        expect(tree.children(leaf)).toEqual([])
        const leaves = tree.subtree(node.id).filter((id) => tree.children(id).length === 0)
        expect(leaf).toBe(leaves.sort((a, b) => tree.get(b)!.seq - tree.get(a)!.seq)[0])
      }),
    )
  })

  it('is the same in whatever order messages arrive that know their parent', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat()), (nodes, picks) => {
        const waiting = [...nodes]
        const late = new MessageTree()
        while (waiting.length) {
          const ready = waiting.filter((node) => node.parentId === null || late.has(node.parentId))
          const next = ready[picks.next().value! % ready.length]!
          late.add(next)
          waiting.splice(waiting.indexOf(next), 1)
        }
        const whole = new MessageTree(nodes)
        for (const { id } of nodes) expect(late.siblings(id)).toEqual(whole.siblings(id))
      }),
    )
  })

  it('loses exactly a message and what follows it', () => {
    fc.assert(
      fc.property(treesWithNode, ({ nodes, node }) => {
        const tree = new MessageTree(nodes)
        const doomed = new Set(tree.subtree(node.id))
        const successor = tree.successor(node.id)
        expect(new Set(tree.remove(node.id))).toEqual(doomed)
        expect(tree.size).toBe(nodes.length - doomed.size)
        for (const each of nodes) expect(tree.has(each.id)).toBe(!doomed.has(each.id))
        if (successor !== null) expect(tree.has(successor)).toBe(true)
        for (const { id } of nodes) for (const child of tree.children(id)) expect(tree.has(child)).toBe(true)
      }),
    )
  })

  it('keeps a message in reach whose parent is missing', () => {
    const tree = new MessageTree([{ id: 'a', seq: 0, parentId: 'gone' }])
    expect(tree.path('a')).toEqual(['a'])
    expect(tree.children(null)).toEqual(['a'])
  })
})

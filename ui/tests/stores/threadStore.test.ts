// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Profile, settle, type Tab } from './harness'

let profile: Profile
let tab: Tab

beforeEach(() => {
  profile = new Profile()
  tab = profile.tab()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function thread(of: Tab = tab, count = 0): Promise<string> {
  const { id } = await of.store.createThread({ model: 'demo/text' })
  for (let i = 0; i < count; i++)
    await of.store.addMessageToThread(id, { role: i % 2 ? 'assistant' : 'user', content: `message ${i}` })
  return id
}

const contents = (of: Tab = tab) => of.store.messages.value.map((message) => message.content)

describe('a thread', () => {
  it('keeps its messages in order across a reload', async () => {
    const id = await thread(tab, 4)
    tab.die()
    const reloaded = profile.tab()
    await reloaded.store.setCurrentThread(id)
    expect(contents(reloaded)).toEqual(['message 0', 'message 1', 'message 2', 'message 3'])
    expect(reloaded.store.currentThread.value).toMatchObject({ messageCount: 4, title: 'message 0' })
  })

  it('takes its title from the first prompt, cut at a word, and leaves one that a person gave', async () => {
    const id = await thread()
    await tab.store.addMessageToThread(id, { role: 'user', content: `  why is ${'x'.repeat(70)} so long\nmore` })
    expect((await tab.store.getThread(id))!.title).toBe(`why is ${'x'.repeat(70)}…`)
    const named = await tab.store.createThread({ title: 'Mine' })
    await tab.store.addMessageToThread(named.id, { role: 'user', content: 'hello' })
    expect((await tab.store.getThread(named.id))!.title).toBe('Mine')
  })

  it('sums tokens and costs as messages come, change and go', async () => {
    const id = await thread(tab, 1)
    const answer = await tab.store.addMessageToThread(id, { role: 'assistant', status: 'streaming' })
    await tab.store.updateMessageInThread(id, answer.id, {
      status: 'complete',
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      metrics: { startedAt: 1, costUsd: 0.25 },
    })
    expect(await tab.store.getThread(id)).toMatchObject({ totalTokens: 15, totalCostUsd: 0.25, messageCount: 2 })
    await tab.store.updateMessageUsage(id, answer.id, { total_tokens: 20 })
    expect(await tab.store.getThread(id)).toMatchObject({ totalTokens: 20 })
    const undo = await tab.store.deleteMessage(id, answer.id)
    expect(await tab.store.getThread(id)).toMatchObject({ totalTokens: 0, totalCostUsd: 0, messageCount: 1 })
    await undo.undo()
    expect(await tab.store.getThread(id)).toMatchObject({ totalTokens: 20, totalCostUsd: 0.25, messageCount: 2 })
  })

  it('shows siblings, and the branch that is chosen', async () => {
    const id = await thread(tab, 4)
    await tab.store.setCurrentThread(id)
    const [first, answer] = tab.store.messages.value
    const other = await tab.store.addMessageToThread(id, { role: 'assistant', content: 'other', parentId: first!.id })
    expect(contents()).toEqual(['message 0', 'other'])
    expect(tab.store.siblings(other.id).map((each) => each.content)).toEqual(['message 1', 'other'])
    await tab.store.selectBranch(id, answer!.id)
    expect(contents()).toEqual(['message 0', 'message 1', 'message 2', 'message 3'])
    expect((await tab.store.path(id, other.id)).map((each) => each.content)).toEqual(['message 0', 'other'])
  })

  it('shows the neighbour when the shown branch is deleted, and the branch again after undo', async () => {
    const id = await thread(tab, 2)
    await tab.store.setCurrentThread(id)
    const prompt = tab.store.messages.value[0]!
    const other = await tab.store.addMessageToThread(id, { role: 'assistant', content: 'other', parentId: prompt.id })
    const undo = await tab.store.deleteMessage(id, other.id)
    expect(contents()).toEqual(['message 0', 'message 1'])
    await undo.undo()
    expect(contents()).toEqual(['message 0', 'other'])
  })
})

describe('an undone delete', () => {
  it('finds its place free, whatever was written meanwhile', async () => {
    const id = await thread(tab, 3)
    const last = (await tab.store.allMessages(id)).at(-1)!
    const undo = await tab.store.deleteMessage(id, last.id)
    await tab.store.addMessageToThread(id, { role: 'user', content: 'meanwhile' })
    await undo.undo()
    const all = await tab.store.allMessages(id)
    expect(all.map((message) => [message.seq, message.content])).toEqual([
      [0, 'message 0'],
      [1, 'message 1'],
      [2, 'message 2'],
      [3, 'meanwhile'],
    ])
  })
})

it('opens at the neighbour of a branch that was deleted', async () => {
  const id = await thread(tab, 2)
  const [prompt] = await tab.store.allMessages(id)
  const other = await tab.store.addMessageToThread(id, { role: 'assistant', content: 'other', parentId: prompt!.id })
  await tab.store.addMessageToThread(id, { role: 'user', content: 'after other' })
  await tab.store.deleteMessage(id, other.id)
  expect((await tab.store.getThread(id))!.leafId).toBe((await tab.store.allMessages(id))[1]!.id)
})

describe('two tabs', () => {
  it('show what the other writes, live', async () => {
    const id = await thread(tab, 2)
    const other = profile.tab()
    await tab.store.setCurrentThread(id)
    await other.store.setCurrentThread(id)
    const added = await other.store.addMessageToThread(id, { role: 'user', content: 'from there' })
    await settle()
    expect(contents()).toEqual(['message 0', 'message 1', 'from there'])
    await other.store.updateMessageContent(id, added.id, 'changed there')
    await settle()
    expect(contents()).toEqual(['message 0', 'message 1', 'changed there'])
    expect(tab.store.threads.value[0]!.messageCount).toBe(3)
  })

  it('lose and double nothing when both write to one thread at once', async () => {
    const id = await thread(tab, 1)
    const other = profile.tab()
    await Promise.all([tab.store.setCurrentThread(id), other.store.setCurrentThread(id)])
    const write = (of: Tab, name: string) =>
      Promise.all(
        Array.from({ length: 20 }, (_, i) => of.store.addMessageToThread(id, { role: 'user', content: `${name}${i}` })),
      )
    await Promise.all([write(tab, 'a'), write(other, 'b')])
    await settle()
    const all = await tab.store.allMessages(id)
    expect(all).toHaveLength(41)
    expect(new Set(all.map((message) => message.seq)).size).toBe(41)
    expect(new Set(all.map((message) => message.content)).size).toBe(41)
    expect((await tab.store.getThread(id))!.messageCount).toBe(41)
    expect(other.store.threads.value[0]!.messageCount).toBe(41)
    // Each wrote after what the other had written before: one branch, which both show.
    expect(contents(tab)).toEqual(all.map((message) => message.content))
    expect(contents(other)).toEqual(contents(tab))
  })
})

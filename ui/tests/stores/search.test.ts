// @vitest-environment node
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSearch, type Search, type SearchResults } from '@/stores/search'
import { SearchEngine } from '@/stores/search/engine'
import { createSearchService } from '@/stores/search/service'
import { compose, fold, snippetOf, termsOf } from '@/stores/search/text'
import { Profile, settle, type Tab } from './harness'

const giveWay = () => new Promise<void>((resolve) => setTimeout(resolve))

describe('comparing texts', () => {
  it('keeps every place while folding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(text)).toHaveLength(compose(text).length)
      }),
    )
  })

  it('ignores case and accents', () => {
    expect(fold('ÉCOLE Straße İzmir Ελλάδα')).toBe('ecole straße izmir ελλαδα')
  })

  it('takes phrases in quotes as one term', () => {
    expect(termsOf('one "two  three" "four one')).toEqual(['one', 'two  three', 'four one'])
  })

  it('marks exactly what matches in the snippet', () => {
    const text = `${'before '.repeat(40)}the Café and the cafe${' after'.repeat(40)}`
    const { text: shown, ranges } = snippetOf(text, ['cafe', 'the'])
    expect(ranges.map(([from, to]) => shown.slice(from, to))).toEqual(['the', 'Café', 'the', 'cafe'])
    expect(shown.startsWith('…') && shown.endsWith('…')).toBe(true)
  })
})

describe('searching stored threads', () => {
  let profile: Profile
  let tab: Tab

  beforeEach(() => {
    profile = new Profile()
    tab = profile.tab()
  })

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  async function service() {
    await tab.store.initDB()
    const made = createSearchService(tab.vault.main(), giveWay)
    const find = async (query: string, limit = 50): Promise<SearchResults> => {
      let last: SearchResults | undefined
      await made.search(query, { limit }, (results) => (last = results))
      return last!
    }
    for (const kind of ['thread-changed', 'message-changed', 'threads-changed'] as const)
      other.tabs.on(kind, (event) => void made.heed(event))
    return { made, find }
  }

  let other: Tab
  beforeEach(() => {
    other = profile.tab()
  })

  it('finds titles first, then messages, newest first, with the branch that holds them', async () => {
    const { id } = await tab.store.createThread({ title: 'Zebra crossing' })
    const first = await tab.store.addMessageToThread(id, { role: 'user', content: 'a zebra is black', createdAt: 1 })
    await tab.store.addMessageToThread(id, { role: 'assistant', content: 'and white', createdAt: 2 })
    const edited = await tab.store.addMessageToThread(id, {
      role: 'user',
      content: 'a ZEBRA is striped',
      parentId: null,
      createdAt: 3,
    })
    const { find } = await service()
    const { hits, total, done } = await find('zebra')
    expect({ total, done }).toEqual({ total: 3, done: true })
    expect(hits.map((hit) => hit.messageId)).toEqual([null, edited.id, first.id])
    expect(hits[2]!.leafId).not.toBe(first.id)
    expect(hits[1]).toMatchObject({ threadId: id, title: 'Zebra crossing', leafId: edited.id, role: 'user' })
  })

  it('wants every term, anywhere in a word', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'unbelievable stories' })
    const { find } = await service()
    expect((await find('belie sto')).total).toBe(2) // the title says it too
    expect((await find('belie nothing')).total).toBe(0)
    expect((await find('"belie sto"')).total).toBe(0)
    expect((await find('  ')).total).toBe(0)
  })

  it('keeps up with what tabs change, add and remove', async () => {
    const { id } = await tab.store.createThread({ title: 't' })
    const message = await tab.store.addMessageToThread(id, { role: 'user', content: 'walrus' })
    const { find } = await service()
    expect((await find('walrus')).total).toBe(1)
    await tab.store.updateMessageContent(id, message.id, 'penguin')
    const later = await tab.store.createThread({ title: 'walrus thread' })
    await settle()
    expect((await find('walrus')).hits.map((hit) => hit.threadId)).toEqual([later.id])
    expect((await find('penguin')).total).toBe(1)
    const undo = await tab.store.deleteThread(id)
    await settle()
    expect((await find('penguin')).total).toBe(0)
    await undo.undo()
    await settle()
    expect((await find('penguin')).total).toBe(1)
    await tab.store.deleteMessage(id, message.id)
    await settle()
    expect((await find('penguin')).total).toBe(0)
  })

  it('gives up an older search when a newer one begins, also without a worker', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'one two' })
    const search: Search = createSearch(tab.vault, null)
    const older = search.search('one')
    const newer = search.search('two')
    await expect(older).rejects.toMatchObject({ name: 'AbortError' })
    expect((await newer).hits.at(-1)!.snippet).toEqual({ text: 'one two', ranges: [[4, 7]] })
    search.close()
  })
})

it('scans 50,000 messages well within a second', async () => {
  const engine = new SearchEngine()
  const words = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt labore'.split(
    ' ',
  )
  for (let i = 0; i < 50_000; i++) {
    const text = Array.from({ length: 110 }, (_, j) => words[(i * 7 + j * 13) % words.length]).join(' ')
    const id = `m${i}`
    engine.putMessage({
      id,
      threadId: `t${i % 500}`,
      parentId: null,
      seq: i,
      role: 'user',
      at: i,
      text: i === 77 ? `${text} Needle` : text,
    })
  }
  const read = async (ids: string[]) => new Map(ids.map((id) => [id, 'the needle']))
  await engine.search('warm', { limit: 50 }, read, async () => true)
  const before = performance.now()
  const results = await engine.search('needle', { limit: 50 }, read, async () => true)
  const took = performance.now() - before
  expect(results!.hits.map((hit) => hit.messageId)).toEqual(['m77'])
  expect(took).toBeLessThan(1000)
}, 30_000)

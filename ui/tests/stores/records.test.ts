// @vitest-environment node
import fc from 'fast-check'
import { reactive } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RequestLog } from '@/domain'
import { groupThreads } from '@/stores/groups'
import { newId } from '@/stores/ids'
import { createPrompts, fillVariables, variablesOf } from '@/stores/prompts'
import { exactSum } from '@/stores/requests'
import { createSettings, SETTINGS_KEY } from '@/stores/settings'
import { Profile, settle, type Tab } from './harness'

let profile: Profile
let tab: Tab

beforeEach(() => {
  profile = new Profile()
  tab = profile.tab()
})

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the settings', () => {
  function keeper(text: string | null = null) {
    return {
      text,
      getItem(key: string) {
        return key === SETTINGS_KEY ? this.text : null
      },
      setItem(_key: string, value: string) {
        this.text = value
      },
    }
  }

  it('are there after a reload', () => {
    const storage = keeper()
    const first = createSettings(storage)
    expect(first.boolFields).toContain('stream')
    expect(first.saveSettings({ stream: false, temperature: 0.2, stop: ['END'] })).toBe(true)
    expect(createSettings(storage).settings).toMatchObject({ stream: false, temperature: 0.2, stop: ['END'] })
    first.saveSettings({ temperature: undefined, stream: undefined })
    expect(createSettings(storage).settings).toMatchObject({ stream: true })
    expect('temperature' in createSettings(storage).settings).toBe(false)
    first.resetSettings()
    expect('stop' in first.settings).toBe(false)
  })

  it('leave out what is no setting, whoever wrote it', () => {
    const text = JSON.stringify({
      stream: 'yes',
      theme: 'pink',
      temperature: '1',
      fontSize: 900,
      announce: 'off',
      __proto__: 1,
    })
    const { settings } = createSettings(keeper(text))
    expect(settings).toMatchObject({ stream: true, theme: 'system', fontSize: 16, announce: 'off' })
    expect(createSettings(keeper('[1')).settings.stream).toBe(true)
  })

  it('follow another tab', () => {
    const { settings, reload } = createSettings(keeper())
    reload(JSON.stringify({ theme: 'dark', seed: 5 }))
    expect(settings).toMatchObject({ theme: 'dark', seed: 5 })
    reload(null)
    expect(settings.theme).toBe('system')
    expect('seed' in settings).toBe(false)
  })

  it('fill a request where it says nothing itself', () => {
    const { saveSettings, applySettings } = createSettings(keeper())
    saveSettings({ temperature: 0.3, top_p: 0.9, verbosity: '', stop: [] })
    expect(applySettings({ model: 'm', temperature: 1 })).toEqual({
      model: 'm',
      temperature: 1,
      top_p: 0.9,
      stream: true,
    })
  })

  it('work where the browser keeps nothing', () => {
    const refusing = {
      getItem: (): string => {
        throw new DOMException('no', 'SecurityError')
      },
      setItem: () => {
        throw new DOMException('no', 'SecurityError')
      },
    }
    const { settings, saveSettings } = createSettings(refusing)
    expect(saveSettings({ stream: false })).toBe(false)
    expect(settings.stream).toBe(false)
  })
})

describe('a long thread', () => {
  async function long(count: number): Promise<string> {
    const { id } = await tab.store.createThread()
    for (let i = 0; i < count; i++)
      await tab.store.addMessageToThread(id, { role: i % 2 ? 'assistant' : 'user', content: `${i}` })
    return id
  }
  const shown = () => tab.store.messages.value.map((message) => Number(message.content))

  it('opens at its end, and loads back to its beginning', async () => {
    const id = await long(250)
    await tab.store.setCurrentThread(id)
    expect([shown()[0], shown().at(-1), shown().length]).toEqual([150, 249, 100])
    expect(tab.store.earlier.value).toBe(150)
    expect(await tab.store.loadEarlier(40)).toBe(40)
    expect([shown()[0], shown().length]).toEqual([110, 140])
    await tab.store.addMessageToThread(id, { role: 'user', content: '250' })
    expect([shown()[0], shown().at(-1)]).toEqual([110, 250])
    await tab.store.loadEarlier(Infinity)
    expect(shown()).toEqual(Array.from({ length: 251 }, (_, i) => i))
    expect(tab.store.earlier.value).toBe(0)
    expect(await tab.store.loadEarlier()).toBe(0)
  })

  it('loads a message that a search found, with all after it', async () => {
    const id = await long(250)
    const early = (await tab.store.allMessages(id))[20]!
    await tab.store.setCurrentThread(id)
    await tab.store.selectBranch(id, early.id)
    expect([shown()[0], shown().at(-1)]).toEqual([20, 249])
    expect(await tab.store.path(id, early.id)).toHaveLength(21)
  })

  it('shows any history of adding, choosing and deleting as the tree says, in both tabs', async () => {
    const action = fc.record({
      kind: fc.constantFrom('add', 'add', 'select', 'delete'),
      at: fc.nat(),
      tab: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const two = new Profile()
        const tabs = [two.tab(), two.tab()] as const
        const { id } = await tabs[0].store.createThread()
        for (const of of tabs) await of.store.setCurrentThread(id)
        for (const { kind, at, tab: second } of actions) {
          const { store } = tabs[second ? 1 : 0]
          const all = await store.allMessages(id)
          const target = all[at % (all.length + 1)]
          if (kind === 'add') await store.addMessageToThread(id, { role: 'user', parentId: target?.id ?? null })
          else if (target && kind === 'select') await store.selectBranch(id, target.id)
          else if (target) await store.deleteMessage(id, target.id)
          await settle()
        }
        const all = await tabs[0].store.allMessages(id)
        expect((await tabs[0].store.getThread(id))!.messageCount).toBe(all.length)
        for (const { store } of tabs) {
          const messages = store.messages.value
          if (all.length) expect(messages.length).toBeGreaterThan(0)
          messages.forEach((message, i) => {
            expect(message.parentId).toBe(messages[i - 1]?.id ?? null)
            expect(all.map((each) => each.id)).toContain(message.id)
            const siblings = all.filter((each) => each.parentId === message.parentId)
            expect(store.siblings(message.id).map((each) => each.id)).toEqual(siblings.map((each) => each.id))
          })
        }
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

describe('a message', () => {
  it('can be given with reactive parts', async () => {
    const { id } = await tab.store.createThread({ params: reactive({ stop: ['a'] }) })
    const file = reactive(await tab.blobs.putBlob(new Blob(['x']), { name: 'x' }))
    const message = await tab.store.addMessageToThread(id, {
      role: 'user',
      content: 'q',
      attachments: reactive([file]),
    })
    expect((await tab.store.allMessages(id))[0]).toEqual(message)
  })

  it('told twice is one', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { id: 'same', role: 'user', content: 'once' })
    const again = await tab.store.addMessageToThread(id, { id: 'same', role: 'user', content: 'twice' })
    expect(again.content).toBe('once')
    expect(await tab.store.allMessages(id)).toHaveLength(1)
  })

  it('keeps what it says when its place is patched, and loses a key that is patched away', async () => {
    const { id } = await tab.store.createThread()
    const message = await tab.store.addMessageToThread(id, { role: 'assistant', content: 'a', reasoning: 'r' })
    const changed = await tab.store.updateMessageInThread(id, message.id, {
      reasoning: undefined,
      seq: 99,
      parentId: 'x',
    })
    expect(changed).toMatchObject({ seq: 0, parentId: null, revision: 2 })
    expect('reasoning' in changed!).toBe(false)
  })

  it('of a comparison leaves the first answer shown', async () => {
    const { id } = await tab.store.createThread()
    const prompt = await tab.store.addMessageToThread(id, { role: 'user', content: 'q' })
    const answer = (content: string) =>
      tab.store.addMessageToThread(id, { role: 'assistant', content, parentId: prompt.id, compareId: 'c' })
    await tab.store.setCurrentThread(id)
    const first = await answer('one')
    await answer('two')
    expect(tab.store.messages.value.at(-1)!.id).toBe(first.id)
    expect(tab.store.siblings(first.id)).toHaveLength(2)
  })
})

describe('two tabs on two branches', () => {
  it('each keep showing their own', async () => {
    const other = profile.tab()
    const { id } = await tab.store.createThread()
    const root = await tab.store.addMessageToThread(id, { role: 'user', content: 'root' })
    for (const of of [tab, other]) await of.store.setCurrentThread(id)
    await settle()
    const mine = await tab.store.addMessageToThread(id, { role: 'user', content: 'mine', parentId: root.id })
    await other.store.addMessageToThread(id, { role: 'user', content: 'theirs', parentId: root.id })
    await settle()
    await tab.store.addMessageToThread(id, { role: 'assistant', content: 'to mine', parentId: mine.id })
    await settle()
    const contents = (of: Tab) => of.store.messages.value.map((message) => message.content)
    expect(contents(tab)).toEqual(['root', 'mine', 'to mine'])
    // The first prompt was shown to the other tab before it wrote its own.
    expect(contents(other)).toEqual(['root', 'theirs'])
  })
})

describe('the log of requests', () => {
  const row = (over: Partial<RequestLog>): Omit<RequestLog, 'id'> => ({
    threadId: 't',
    messageId: 'm',
    at: Date.UTC(2026, 0, 15, 12),
    model: 'a',
    provider: 'p',
    promptTokens: 1,
    completionTokens: 2,
    cachedTokens: 0,
    reasoningTokens: 0,
    estimated: false,
    costUsd: 0.1,
    durationMs: 10,
    outcome: 'complete',
    ...over,
  })

  it('adds up exactly, by day, model and provider', async () => {
    const day = 24 * 3600 * 1000
    for (let i = 0; i < 30; i++)
      await tab.store.logRequest(
        row({
          at: Date.UTC(2026, 0, 15, 12) + (i % 3) * day,
          model: i % 2 ? 'a' : 'b',
          provider: i % 5 ? 'p' : 'q',
          outcome: i === 7 ? 'error' : 'complete',
          ...(i < 2 ? { ttftMs: 100 + i * 100 } : {}),
        }),
      )
    const { totals, byDay, byModel, byProvider } = await tab.store.getUsage()
    expect(totals).toMatchObject({
      requests: 30,
      errors: 1,
      promptTokens: 30,
      completionTokens: 60,
      costUsd: 3,
      ttftMs: 150,
    })
    expect(byDay.map((group) => [group.key, group.requests])).toEqual([
      ['2026-01-15', 10],
      ['2026-01-16', 10],
      ['2026-01-17', 10],
    ])
    expect(byModel.map((group) => group.requests)).toEqual([15, 15])
    expect(byProvider.map((group) => [group.key, group.requests])).toEqual([
      ['p', 24],
      ['q', 6],
    ])
  })

  it('is filtered, sorted and read in pages', async () => {
    for (let i = 0; i < 5; i++) await tab.store.logRequest(row({ at: 1000 + i, costUsd: 5 - i, model: i ? 'a' : 'z' }))
    const page = await tab.store.getRequests({ model: 'a', sortBy: 'costUsd', sortOrder: 'asc' }, 2, 1)
    expect(page).toMatchObject({ total: 4, hasMore: true })
    expect(page.requests.map((each) => each.costUsd)).toEqual([2, 3])
    expect((await tab.store.getRequests({ from: 1002, until: 1004 })).requests.map((each) => each.at)).toEqual([
      1003, 1002,
    ])
    expect(await tab.store.getFilterOptions()).toEqual({ models: ['a', 'z'], providers: ['p'] })
    await tab.store.deleteRequest(page.requests[0]!.id)
    expect(await tab.store.getAllRequestIds()).toHaveLength(4)
  })

  it('outlives its thread', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.logRequest(row({ threadId: id }))
    await tab.store.deleteThread(id)
    expect(await tab.store.getAllRequests()).toHaveLength(1)
  })

  it('loses nothing beside a large sum', () => {
    expect(exactSum([1e16, 1, -1e16, 1])).toBe(2)
    expect(exactSum(Array.from({ length: 10 }, () => 0.1))).toBe(1)
  })
})

describe('the library of prompts', () => {
  it('gives each a free name to follow a slash, and shows changes in other tabs', async () => {
    const mine = createPrompts(tab.vault, tab.tabs)
    const other = profile.tab()
    const theirs = createPrompts(other.vault, other.tabs)
    const first = await mine.savePrompt({ name: 'Código Review!', text: 'Look at {{file}}' })
    const second = await mine.savePrompt({ name: 'código review', text: 'again' })
    expect([first.name, second.name]).toEqual(['código-review', 'código-review-2'])
    await settle()
    expect(theirs.prompts.value).toHaveLength(2)
    await mine.savePrompt({ ...first, text: 'changed' })
    expect(mine.prompts.value.find((each) => each.id === first.id)).toMatchObject({
      text: 'changed',
      name: 'código-review',
    })
    const undo = await mine.deletePrompt(first.id)
    expect(mine.prompts.value).toHaveLength(1)
    await undo.undo()
    expect(mine.prompts.value).toHaveLength(2)
  })

  it('fills in variables, and leaves those without a value', () => {
    const text = 'Translate {{ text }} to {{language}}: {{text}} {{}} {{ constructor }}'
    expect(variablesOf(text)).toEqual(['text', 'language', 'constructor'])
    expect(fillVariables(text, { text: '$& {{language}}' })).toBe(
      'Translate $& {{language}} to {{language}}: $& {{language}} {{}} {{ constructor }}',
    )
  })
})

describe('ids', () => {
  it('are unique and sort by time', () => {
    const ids = [5, 1_000, 1_763_700_000_000].map((at) => newId(at))
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(Array.from({ length: 1000 }, () => newId(7))).size).toBe(1000)
  })
})

it('groups threads by time, pinned ones first', () => {
  const now = new Date(2026, 10, 21, 15).getTime()
  const at = (...day: [number, number, number]) => new Date(...day, 12).getTime()
  const thread = (id: string, updatedAt: number, pinned = false) => ({ id, updatedAt, pinned }) as never
  const groups = groupThreads(
    [
      thread('today', at(2026, 10, 21)),
      thread('yesterday', at(2026, 10, 20)),
      thread('pinned', at(2020, 0, 1), true),
      thread('week', at(2026, 10, 15)),
      thread('month', at(2026, 10, 1)),
      thread('october', at(2026, 9, 10)),
      thread('october too', at(2026, 9, 1)),
    ],
    now,
  )
  expect(groups.map((group) => [group.key, group.threads.map((each) => each.id)])).toEqual([
    ['pinned', ['pinned']],
    ['today', ['today']],
    ['yesterday', ['yesterday']],
    ['lastWeek', ['week']],
    ['lastMonth', ['month']],
    ['2026-10', ['october', 'october too']],
  ])
})

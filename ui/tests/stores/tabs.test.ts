// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveState } from '@/stores/tabs'
import { createTabs, STREAM_SLOTS } from '@/stores/tabs'
import { localLocks } from '@/stores/locks'
import { createRuns } from '@/stores/runs'
import { Profile, settle, type Tab } from './harness'

let profile: Profile
let tab: Tab
let other: Tab

beforeEach(() => {
  profile = new Profile()
  tab = profile.tab()
  other = profile.tab()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const live = (content = ''): LiveState => ({ threadId: 't', content, reasoning: '', phase: 'answering', startedAt: 1 })

/** An answer that the first tab runs. */
async function run(content = '') {
  const state = live(content)
  const stopped = vi.fn()
  const owned = await tab.runs.own('m', { snapshot: () => ({ ...state }), stop: stopped })
  return {
    stopped,
    write(text: string) {
      state.content += text
      owned.tell({ content: text })
    },
    owned,
  }
}

function watch(of: Tab = other) {
  const seen = { state: undefined as LiveState | undefined, ended: 0 }
  const off = of.runs.mirror('m', { update: (state) => (seen.state = state), ended: () => seen.ended++ })
  return { seen, off }
}

describe('an answer in the making', () => {
  it('is shown by a tab that opens in the middle, from then on word by word', async () => {
    const running = await run('Once ')
    running.write('upon ')
    const { seen } = watch()
    await settle()
    expect(seen.state?.content).toBe('Once upon ')
    running.write('a time')
    running.owned.tell({ patch: { phase: 'tools' } })
    await settle()
    expect(seen.state).toMatchObject({ content: 'Once upon a time', phase: 'tools' })
  })

  it('is asked for again when a piece was missed', async () => {
    const running = await run()
    const { seen } = watch()
    await settle()
    running.write('one ')
    await settle()
    tab.tabs.post({ kind: 'live-delta', messageId: 'm', content: { at: 999, text: 'from elsewhere' } })
    await settle()
    running.write('two')
    await settle()
    expect(seen.state?.content).toBe('one two')
  })

  it('is stopped from any tab', async () => {
    const running = await run()
    other.runs.stop('m')
    await settle()
    expect(running.stopped).toHaveBeenCalledOnce()
  })

  it('ends once in the tabs that follow it', async () => {
    const running = await run()
    const { seen } = watch()
    await settle()
    running.owned.end()
    running.owned.end()
    await settle()
    expect(seen.ended).toBe(1)
    expect(await other.runs.alive('m')).toBe(false)
  })

  it('ends when its tab dies, and is marked interrupted with what was kept', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { role: 'user', content: 'q' })
    await tab.store.addMessageToThread(id, { id: 'm', role: 'assistant', status: 'streaming' })
    await run()
    await tab.store.updateMessageInThread(id, 'm', { content: 'half' }, { durable: false })
    await other.store.setCurrentThread(id)
    const { seen } = watch()
    await settle()
    expect(other.store.message('m')?.status).toBe('streaming')
    tab.die()
    await settle()
    expect(seen.ended).toBe(1)
    await other.store.interruptOrphans()
    expect(other.store.message('m')).toMatchObject({ status: 'interrupted', content: 'half' })
  })

  it('is left alone by a tab that starts while it runs', async () => {
    const { id } = await tab.store.createThread()
    await tab.store.addMessageToThread(id, { id: 'm', role: 'assistant', status: 'streaming' })
    const running = await run()
    const third = profile.tab()
    await third.store.initDB()
    await settle()
    expect((await third.store.allMessages(id))[0]!.status).toBe('streaming')
    running.owned.end()
    await third.store.interruptOrphans()
    expect((await third.store.allMessages(id))[0]!.status).toBe('interrupted')
  })
})

describe('without shared locks', () => {
  it('a living tab answers, and a dead one is noticed', async () => {
    vi.useFakeTimers()
    const channels = new Profile()
    const [a, b] = [createTabs(channels.channel(), localLocks()), createTabs(channels.channel(), localLocks())]
    const owner = createRuns(a)
    const watcher = createRuns(b)
    const owned = await owner.own('m', { snapshot: () => live('x'), stop: () => undefined })
    const alive = watcher.alive('m')
    await vi.advanceTimersByTimeAsync(2000)
    expect(await alive).toBe(true)

    const ended = vi.fn()
    watcher.mirror('m', { update: () => undefined, ended })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(ended).not.toHaveBeenCalled()
    a.close()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(ended).toHaveBeenCalledOnce()
    owned.end()
  })
})

describe('streams of all tabs together', () => {
  it('never hold more than five connections, and those that wait are served in turn', async () => {
    let open = 0
    let most = 0
    const finish: (() => void)[] = []
    const waits: boolean[] = []
    const stream = (of: Tab) =>
      of.tabs.withStreamSlot(
        async () => {
          most = Math.max(most, ++open)
          await new Promise<void>((resolve) => finish.push(resolve))
          open--
        },
        new AbortController().signal,
        (waiting) => waits.push(waiting),
      )
    const all = Array.from({ length: 8 }, (_, i) => stream(i % 2 ? tab : other))
    await settle()
    expect(open).toBe(STREAM_SLOTS)
    expect(waits).toEqual([true, true, true])
    while (finish.length) {
      finish.shift()!()
      await settle()
    }
    await Promise.all(all)
    expect(most).toBe(STREAM_SLOTS)
    expect(waits.filter((waiting) => !waiting)).toHaveLength(3)
  })

  it('are given up while they wait', async () => {
    const never = new Promise<void>(() => undefined)
    for (let i = 0; i < STREAM_SLOTS; i++) void tab.tabs.withStreamSlot(() => never, new AbortController().signal)
    await settle()
    const giveUp = new AbortController()
    const waiting = other.tabs.withStreamSlot(async () => 'ran', giveUp.signal)
    await settle()
    giveUp.abort(new Error('no more'))
    await expect(waiting).rejects.toThrow('no more')
  })

  it('free their place when the work fails, or their tab dies', async () => {
    const signal = new AbortController().signal
    await expect(tab.tabs.withStreamSlot(() => Promise.reject(new Error('cut')), signal)).rejects.toThrow('cut')
    for (let i = 0; i < STREAM_SLOTS; i++) void tab.tabs.withStreamSlot(() => new Promise(() => undefined), signal)
    await settle()
    const waiting = other.tabs.withStreamSlot(async () => 'ran', signal)
    await settle()
    tab.die()
    expect(await waiting).toBe('ran')
  })
})

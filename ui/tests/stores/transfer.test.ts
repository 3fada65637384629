// @vitest-environment node
import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Message } from '@/domain'
import { memoryBackend } from '@/stores/backend/memory'
import { createTransfer, ImportError, type Transfer } from '@/stores/transfer'
import { createTransferService, type ImportReport } from '@/stores/transfer/service'
import { Profile, type Tab } from './harness'

function fixture(name: string): Blob {
  return new Blob([readFileSync(new URL(`fixtures/${name}`, import.meta.url))])
}

let profile: Profile
let tab: Tab
let transfer: Transfer

function transferOf(of: Tab): Transfer {
  return createTransfer({ vault: of.vault, store: of.store, tabs: of.tabs, startWorker: null })
}

beforeEach(async () => {
  profile = new Profile()
  tab = profile.tab()
  transfer = transferOf(tab)
  await tab.store.initDB()
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const all = (id: string, of = tab) => of.store.allMessages(id)
const brief = (messages: Message[]) =>
  messages.map(({ id, parentId, role, content }) => [id, parentId, role, content] as const)

async function bring(name: string): Promise<ImportReport> {
  return transfer.importThreads(fixture(name))
}

describe("the ancestor's export", () => {
  it('comes in with files, reasoning and sums', async () => {
    const report = await bring('llmspy.json')
    expect(report).toMatchObject({ threads: 1, messages: 2, skipped: [{ id: '1762077700000', reason: 'empty' }] })
    const [prompt, answer] = await all('1762077600000')
    expect(prompt).toMatchObject({ role: 'user', content: 'What is this?\n\n</~cache/ab/abcdef.png>', parentId: null })
    expect(prompt!.attachments.map(({ name, type, kind }) => [name, type, kind])).toEqual([
      ['image-1.png', 'image/png', 'image'],
      ['note.txt', 'text/plain', 'text'],
    ])
    expect(await (await tab.blobs.getBlob(prompt!.attachments[1]!.blobId))!.text()).toBe('hello')
    expect(answer).toMatchObject({
      role: 'assistant',
      content: 'A dot.',
      reasoning: 'Looks like a dot.',
      parentId: prompt!.id,
    })
    expect(await tab.store.getThread('1762077600000')).toMatchObject({
      systemPrompt: 'Be brief.',
      model: 'gemini-flash-latest',
      totalTokens: 283,
      totalCostUsd: 0.00011,
      updatedAt: Date.parse('2025-11-02T10:00:04.000Z'),
    })
  })

  it('is written too, for those who go back', async () => {
    await bring('llmspy.json')
    const blob = await transfer.exportThreads({ format: 'llmspy' })
    const document = JSON.parse(await blob.text())
    expect(document).toMatchObject({ version: '1.0', source: 'llmspy', threadCount: 1 })
    const other = new Profile().tab()
    await other.store.initDB()
    await transferOf(other).importThreads(blob)
    const [prompt] = await all('1762077600000', other)
    expect(prompt!.attachments.map((attachment) => attachment.kind)).toEqual(['image', 'text'])
  })
})

describe('a ChatGPT export', () => {
  it('keeps branches, folds the steps of an answer into one, and tells what is missing', async () => {
    const report = await bring('chatgpt.json')
    const id = '6b0f0d9c-1111-4000-8000-000000000001'
    expect(report.skipped).toMatchObject([{ id: '6b0f0d9c-1111-4000-8000-000000000002', reason: 'unreadable' }])
    expect(report.losses.map((loss) => loss.name)).toEqual(['road.jpg', 'sediment://file_1'])
    const messages = await all(id)
    expect(brief(messages)).toEqual([
      ['u1', null, 'user', 'Which road is this?'],
      ['t1', 'u1', 'assistant', 'The Via Appia.'],
      ['u2', 't1', 'user', 'Thanks'],
      ['a2', 'u1', 'assistant', 'A Roman road.'],
    ])
    expect(messages[1]).toMatchObject({
      reasoning: '**Looking**\n\nBasalt, so Via Appia.',
      toolCalls: [{ index: 0, name: 'web', result: '3 results' }],
      citations: [{ url: 'https://example.org/appia', title: 'Via Appia' }],
      model: 'gpt-5-thinking',
    })
    expect(await tab.store.getThread(id)).toMatchObject({
      title: 'Roman roads',
      leafId: 'a2',
      pinned: true,
      createdAt: 1756000000250,
    })
  })

  it('comes in from its archive, packed or not', async () => {
    for (const pack of [true, false]) {
      const other = new Profile().tab()
      await other.store.initDB()
      const file = zipOf('export/conversations.json', Buffer.from(await fixture('chatgpt.json').arrayBuffer()), pack)
      expect(await transferOf(other).preview(file)).toMatchObject({ format: 'chatgpt', threads: [{ messages: 4 }] })
    }
  })
})

describe('an Open WebUI export', () => {
  it('keeps branches, reasoning, tools, files and settings', async () => {
    const report = await bring('open-webui.json')
    const id = '0b6f7d0e-2222-4000-8000-000000000001'
    expect(report.losses).toMatchObject([{ kind: 'file', name: 'report.pdf' }])
    const [prompt, first, second] = await all(id)
    expect(prompt!.attachments).toMatchObject([{ name: 'sky.png', kind: 'image' }])
    expect(first).toMatchObject({ content: 'Yes, it rains.', reasoning: 'Clouds & wind.\nSo yes.', reasoningMs: 3000 })
    expect(second).toMatchObject({
      parentId: 'q1',
      content: 'Light rain.',
      reasoning: 'Ask the tool.',
      toolCalls: [{ id: 'c1', name: 'get_weather', arguments: '{"city":"Oslo"}', result: '9C, rain' }],
      usage: { total_tokens: 45 },
    })
    expect(await tab.store.getThread(id)).toMatchObject({
      leafId: 'a2',
      pinned: true,
      systemPrompt: 'You know the weather.',
      params: { temperature: 0.4, max_completion_tokens: 800 },
      totalTokens: 45,
    })
  })
})

describe('a LibreChat export', () => {
  it('keeps nested branches and the parts of an answer', async () => {
    const report = await bring('librechat.json')
    const id = '4a86c40e-3333-4000-8000-000000000001'
    expect(report.losses).toMatchObject([{ kind: 'file', name: 'log.txt' }])
    const messages = await all(id)
    expect(brief(messages)).toEqual([
      ['m1', null, 'user', 'It fails'],
      ['m2', 'm1', 'assistant', 'Create it first.'],
      ['m3', 'm2', 'user', 'thanks'],
      ['m4', 'm2', 'user', 'lol'],
    ])
    expect(messages[1]).toMatchObject({
      reasoning: 'Which shell?',
      toolCalls: [{ id: 'call_1', name: 'shell', arguments: '{"cmd":"ls"}', result: 'venv' }],
    })
    expect(await tab.store.getThread(id)).toMatchObject({ systemPrompt: 'You are an expert.', model: 'gpt-4-turbo' })
  })
})

describe('a llama.cpp export', () => {
  it('keeps branches, tools, files and speeds', async () => {
    await bring('llama-cpp.json')
    const id = '9d3c2f1e-4444-4000-8000-000000000001'
    const messages = await all(id)
    expect(brief(messages)).toEqual([
      ['q', null, 'user', 'Is 91 prime?'],
      ['a', 'q', 'assistant', 'Yes.'],
      ['b', 'q', 'assistant', 'No: 7 × 13.'],
    ])
    expect(messages[0]!.attachments.map(({ name, kind }) => [name, kind])).toEqual([
      ['sieve.png', 'image'],
      ['list.txt', 'text'],
      ['say.wav', 'audio'],
    ])
    expect(messages[2]).toMatchObject({
      reasoning: 'Divide it.',
      toolCalls: [{ id: 'c9', name: 'divide', arguments: '{"n":91}', result: '7 * 13' }],
      usage: { prompt_tokens: 24, completion_tokens: 8 },
      metrics: { ttftMs: 100, durationMs: 500, tokensPerSecond: 20 },
    })
    expect(await tab.store.getThread(id)).toMatchObject({ leafId: 'b', systemPrompt: 'Be exact.' })
  })

  it('comes as lines too', async () => {
    await bring('llama-cpp.jsonl')
    const messages = await all('9d3c2f1e-4444-4000-8000-000000000002')
    expect(brief(messages)).toEqual([
      ['x', null, 'user', 'hi'],
      ['y', 'x', 'assistant', 'hello'],
    ])
    expect(messages[1]!.toolCalls).toMatchObject([{ name: 'f' }])
  })
})

describe('the own format', () => {
  async function filled(): Promise<string> {
    const { id } = await tab.store.createThread({ systemPrompt: 'Short.', params: { seed: 7 } })
    const file = await tab.blobs.putBlob(new Blob([new Uint8Array([0, 255, 10, 13])]), { name: 'data.bin' })
    const first = await tab.store.addMessageToThread(id, { role: 'user', content: 'one\n"two"', attachments: [file] })
    await tab.store.addMessageToThread(id, { role: 'assistant', content: 'a', metrics: { startedAt: 1, costUsd: 0.5 } })
    await tab.store.addMessageToThread(id, { role: 'assistant', content: 'b', parentId: first.id })
    await tab.store.logRequest({
      threadId: id,
      messageId: first.id,
      at: 5,
      model: 'm',
      provider: 'p',
      promptTokens: 1,
      completionTokens: 2,
      cachedTokens: 0,
      reasoningTokens: 0,
      estimated: false,
      costUsd: 0.5,
      durationMs: 3,
      outcome: 'complete',
    })
    return id
  }

  it('brings everything back as it was', async () => {
    const id = await filled()
    const file = await transfer.exportThreads({ everything: true })
    expect(JSON.parse(await file.text())).toMatchObject({ format: 'llms-threads', version: 1, threadCount: 1 })
    const before = {
      thread: await tab.store.getThread(id),
      messages: await all(id),
      requests: await tab.store.getAllRequests(),
    }

    const other = new Profile().tab()
    await other.store.initDB()
    const there = transferOf(other)
    expect(await there.preview(file)).toMatchObject({
      format: 'own',
      threads: [{ id, messages: 3, attachments: 1 }],
      requests: 1,
    })
    expect(await there.importThreads(file)).toMatchObject({ threads: 1, messages: 3, requests: 1, skipped: [] })
    expect(await other.store.getThread(id)).toEqual(before.thread)
    expect(await all(id, other)).toEqual(before.messages)
    expect(await other.store.getAllRequests()).toEqual(before.requests)
    const blob = await other.blobs.getBlob(before.messages[0]!.attachments[0]!.blobId)
    expect([...new Uint8Array(await blob!.arrayBuffer())]).toEqual([0, 255, 10, 13])
  })

  it('leaves what is here already as it is, and says so', async () => {
    const id = await filled()
    const file = await transfer.exportThreads()
    await tab.store.updateThread(id, { title: 'Renamed since' })
    expect((await transfer.preview(file)).skipped).toMatchObject([{ id, reason: 'exists' }])
    expect(await transfer.importThreads(file)).toMatchObject({ threads: 0, skipped: [{ id, reason: 'exists' }] })
    expect((await tab.store.getThread(id))!.title).toBe('Renamed since')
    expect(await all(id)).toHaveLength(3)
  })

  it('brings in only the chosen threads, and shows them in every tab', async () => {
    const file = fixture('open-webui.json')
    const { threads } = await transfer.preview(file)
    expect(await transfer.importThreads(file, [])).toMatchObject({ threads: 0 })
    const other = profile.tab()
    await other.store.initDB()
    await transfer.importThreads(
      file,
      threads.map((thread) => thread.id),
    )
    expect(tab.store.threads.value).toHaveLength(1)
    await vi.waitFor(() => expect(other.store.threads.value).toHaveLength(1))
  })

  it('says that a file is cut off, after what was whole', async () => {
    await filled()
    await filled()
    const text = await (await transfer.exportThreads()).text()
    const service = createTransferService(memoryBackend())
    await expect(service.preview(new Blob([text.slice(0, -40)]))).rejects.toThrow()
  })
})

describe('a file that cannot be read', () => {
  it.each([
    ['{"hello": 1}', 'unknown-format'],
    ['[]', 'unknown-format'],
    ['not json', 'not-json'],
    ['', 'not-json'],
  ])('%j is refused with a reason', async (text, reason) => {
    const refused = transfer.preview(new Blob([text]))
    await expect(refused).rejects.toBeInstanceOf(ImportError)
    await expect(refused).rejects.toMatchObject({ reason })
  })
})

it('writes the shown branch of a thread as Markdown', async () => {
  await bring('chatgpt.json')
  const id = '6b0f0d9c-1111-4000-8000-000000000001'
  await tab.store.selectBranch(id, 'u2')
  const markdown = await (await transfer.exportMarkdown(id))!.text()
  expect(markdown).toContain('# Roman roads\n\n## You\n\nWhich road is this?')
  expect(markdown).toContain('## Assistant (gpt-5-thinking)')
  expect(markdown).toContain('The Via Appia.\n\n1. [Via Appia](<https://example.org/appia>)\n\n## You\n\nThanks')
  expect(markdown).not.toContain('A Roman road.')
})

/** An archive with one entry, as any packer writes it. */
function zipOf(name: string, content: Buffer, pack: boolean): Blob {
  const data = pack ? deflateRawSync(content) : content
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(pack ? 8 : 0, 4)
  fields.writeUInt32LE(data.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data])
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, Buffer.alloc(14), Buffer.from(name)])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return new Blob([local, central, end])
}

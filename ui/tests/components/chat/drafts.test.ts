import { beforeEach, describe, expect, it } from 'vitest'
import { createDrafts } from '@/components/chat/composer/drafts'

const file = { blobId: 'b', name: 'a.txt', type: 'text/plain', size: 1, kind: 'text' as const }
let stored: Map<string, string>
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
}

beforeEach(() => (stored = new Map()))

describe('drafts', () => {
  it('survive a reload, each with its thread, files included', () => {
    createDrafts(storage).write('t1', { text: 'one', attachments: [file] })
    createDrafts(storage).write(null, { text: 'new', attachments: [] })
    const reloaded = createDrafts(storage)
    expect(reloaded.read('t1')).toEqual({ text: 'one', attachments: [file] })
    expect(reloaded.read(null)?.text).toBe('new')
    expect(reloaded.read('t2')).toBeNull()
  })

  it('go when they are sent', () => {
    const drafts = createDrafts(storage)
    drafts.write('t1', { text: 'one', attachments: [] })
    drafts.write('t1', { text: '', attachments: [] })
    expect(drafts.read('t1')).toBeNull()
    expect(stored.get('llms.drafts')).toBe('[]')
  })

  it('do not pile up without end', () => {
    const drafts = createDrafts(storage)
    for (let n = 0; n < 80; n++) drafts.write(`t${n}`, { text: 'x', attachments: [] })
    expect(drafts.read('t0')).toBeNull()
    expect(drafts.read('t79')).not.toBeNull()
  })

  it.each(['{', '{"a":1}', '[["t1",{"text":3}]]', '[1]'])('do not trip over %j in the storage', (junk) => {
    stored.set('llms.drafts', junk)
    const drafts = createDrafts(storage)
    expect(drafts.read('t1')).toBeNull()
    drafts.write('t1', { text: 'ok', attachments: [] })
    expect(drafts.read('t1')?.text).toBe('ok')
  })

  it('are simply not kept where nothing can be stored', () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError')
      },
    }
    expect(() => createDrafts(full).write('t1', { text: 'x', attachments: [] })).not.toThrow()
  })
})

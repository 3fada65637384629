// A page with its engine, over the real stores and a scripted gateway. Several may share one browser profile, as tabs do.
import { vi } from 'vitest'
import { createClient } from '@/api/client'
import { createChat } from '@/chat/engine'
import { createFrames } from '@/chat/frames'
import { createGatewayWait } from '@/chat/gateway'
import { createLiveBoard } from '@/chat/live'
import { createOutbox } from '@/chat/outbox'
import type { ChatRequest } from '@/api/wire'
import { createModels } from '@/stores/models'
import { createSettings } from '@/stores/settings'
import { errorBody, jsonResponse, script, ScriptedBody, streamResponse } from '../../api/support/scripted'
import { Profile } from '../../stores/harness'
import { Shelf } from './make'

export const ROOT = 'http://host/'
type Answer = (request: ChatRequest, headers: Record<string, string>) => Response | Promise<Response>

/** The gateway: what it answers is put in line by the test; when the line is empty it says "Hello". */
export class Gateway {
  up = true
  readonly requests: ChatRequest[] = []
  readonly headers: Record<string, string>[] = []
  readonly cancelled: string[] = []
  healthChecks = 0
  models: Record<string, unknown>[] = [{ id: 'demo/guide' }, { id: 'a/b' }]
  records: Record<string, unknown> = {}
  private readonly line: Answer[] = []

  next(...answers: Answer[]): this {
    this.line.push(...answers)
    return this
  }

  /** An answer in the hands of the test. */
  hold(headers: Record<string, string> = {}): ScriptedBody {
    const body = new ScriptedBody()
    this.next(() => streamResponse(body, headers))
    return body
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const path = url.slice(ROOT.length)
    if (path === 'health') this.healthChecks += 1
    if (!this.up) throw new TypeError('Failed to fetch')
    if (path === 'health') return jsonResponse({})
    if (path === 'v1/models') return jsonResponse({ data: this.models })
    if (path.startsWith('api/calls/')) {
      const record = this.records[path.slice('api/calls/'.length)]
      return record ? jsonResponse(record) : jsonResponse(errorBody('not_found'), { status: 404 })
    }
    if (path.endsWith('/cancel')) {
      this.cancelled.push(path.split('/').at(-2)!)
      return jsonResponse({ status: 'cancelled' })
    }
    return this.chat(init)
  }

  private async chat({ body, headers, signal }: RequestInit): Promise<Response> {
    const request = JSON.parse(body as string) as ChatRequest
    this.requests.push(request)
    this.headers.push(headers as Record<string, string>)
    const answer = this.line.shift() ?? (() => streamResponse(script(['Hello'])))
    const aborted = new Promise<never>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason as Error)),
    )
    return Promise.race([answer(request, headers as Record<string, string>), aborted])
  }
}

export const failing =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  () =>
    jsonResponse(errorBody(code), { status, headers })

export interface PageOptions {
  gateway?: Gateway
  profile?: Profile
  settings?: Record<string, unknown>
}

const shelf = new Shelf()

/** Opens a page: a tab of the profile with an engine that has started. */
export async function page({ gateway = new Gateway(), profile = new Profile(), settings = {} }: PageOptions = {}) {
  const tab = profile.tab()
  const client = createClient({
    fetch: gateway.fetch as unknown as typeof fetch,
    root: ROOT,
    key: () => '',
    now: Date.now,
  })
  const frames = createFrames({
    now: Date.now,
    hidden: () => false,
    nextFrame: (callback) => void setTimeout(callback),
    later: (callback, ms) => void setTimeout(callback, ms),
    onVisible: () => undefined,
  })
  const store = createSettings(null)
  store.saveSettings(settings)
  const models = createModels(client)
  await models.load()
  const hiding: ((going: boolean) => void)[] = []
  const chat = createChat({
    client,
    board: createLiveBoard(frames, () => 'off'),
    runs: tab.runs,
    tabs: tab.tabs,
    threads: tab.store,
    models,
    settings: store,
    boot: { defaultModel: '' },
    gateway: createGatewayWait(client, () => undefined),
    outbox: createOutbox(localStorage, (changed) => addEventListener('storage', changed)),
    putBlob: shelf.put,
    getBlob: shelf.get,
    now: Date.now,
    onHide: (callback) => void hiding.push(callback),
  })
  await chat.start()
  const open = async (more: Parameters<typeof tab.store.createThread>[0] = {}) => {
    const thread = await tab.store.createThread({ model: 'a/b', ...more })
    await tab.store.setCurrentThread(thread.id)
    return thread.id
  }
  return {
    ...tab,
    chat,
    gateway,
    profile,
    models,
    settings: store,
    shelf,
    open,
    threads: tab.store,
    hide: () => hiding.forEach((callback) => callback(false)),
    /** The page goes; its last writes to the database come too late. */
    leave() {
      vi.spyOn(tab.store, 'updateMessageInThread').mockResolvedValue(null)
      hiding.forEach((callback) => callback(true))
      tab.die()
    },
    /** The shown branch, as `role: content`. */
    shown: () => tab.store.messages.value.map(({ role, content }) => `${role}: ${content}`),
    last: () => tab.store.messages.value.at(-1)!,
  }
}

export type Page = Awaited<ReturnType<typeof page>>

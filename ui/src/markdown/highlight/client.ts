// Asks the worker for colours. The worker starts with the first block of code that has a language.

import workerUrl from './worker?worker&url'
import type { Runs } from '../view/view'
import { trustedWorker } from '../workers'

export interface Ask {
  id: number
  code: string
  language: string
}

export interface Answer {
  id: number
  runs: Runs | null
}

let worker: Worker | null = null
let asked = 0
const waiting = new Map<number, (runs: Runs | null) => void>()

function start(): Worker {
  const started = trustedWorker(workerUrl, 'highlight')
  started.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.(data.runs)
    waiting.delete(data.id)
  })
  started.addEventListener('error', () => {
    // Without colours, code is still code.
    for (const resolve of waiting.values()) resolve(null)
    waiting.clear()
    started.terminate()
    worker = null
  })
  return started
}

/** The colours of some code, or null where they cannot be had. */
export function highlight(code: string, language: string): Promise<Runs | null> {
  worker ??= start()
  const ask: Ask = { id: ++asked, code, language }
  worker.postMessage(ask)
  return new Promise((resolve) => waiting.set(ask.id, resolve))
}

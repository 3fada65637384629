// Named locks, shared by all tabs of this origin where the browser has Web Locks (secure contexts only), else by this tab.

export type Release = () => void

export interface Locks {
  /** Whether other tabs see these locks, and see them freed when this tab dies. */
  readonly shared: boolean
  /** The lock if it is free now, else null. */
  tryHold(name: string): Promise<Release | null>
  /** Waits in line for the lock; rejects with the signal's reason when aborted. */
  hold(name: string, signal?: AbortSignal): Promise<Release>
  held(name: string): Promise<boolean>
  /** Waits in line until the lock is free; it is not held afterwards. Rejects with the signal's reason when aborted. */
  untilFree(name: string, signal: AbortSignal): Promise<void>
}

export function webLocks(manager: LockManager): Locks {
  function request(name: string, options: LockOptions): Promise<Release | null> {
    return new Promise((resolve, reject) => {
      const answer = manager.request(name, options, (lock) => {
        if (!lock) return resolve(null)
        return new Promise<void>((release) => resolve(() => release()))
      })
      answer.catch(reject)
    })
  }
  return {
    shared: true,
    tryHold: (name) => request(name, { ifAvailable: true }),
    async hold(name, signal) {
      const release = await request(name, signal ? { signal } : {})
      if (!release) throw new Error(`no lock ${name}`)
      return release
    },
    async held(name) {
      const state = await manager.query()
      return (state.held ?? []).some((lock) => lock.name === name)
    },
    // This promise resolves when the lock is given back; a release only asks for that.
    async untilFree(name, signal) {
      await manager.request(name, { signal }, () => undefined)
    },
  }
}

/** Locks within one tab, with the same order of service. */
export function localLocks(): Locks {
  const queues = new Map<string, (() => void)[]>()

  function releaser(name: string): Release {
    let done = false
    return () => {
      if (done) return
      done = true
      const next = queues.get(name)?.shift()
      if (next) next()
      else queues.delete(name)
    }
  }

  async function tryHold(name: string): Promise<Release | null> {
    if (queues.has(name)) return null
    queues.set(name, [])
    return releaser(name)
  }

  async function hold(name: string, signal?: AbortSignal): Promise<Release> {
    signal?.throwIfAborted()
    const free = await tryHold(name)
    if (free) return free
    return new Promise((resolve, reject) => {
      const queue = queues.get(name)!
      const turn = () => {
        signal?.removeEventListener('abort', leave)
        resolve(releaser(name))
      }
      const leave = () => {
        queue.splice(queue.indexOf(turn), 1)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      queue.push(turn)
    })
  }

  return {
    shared: false,
    tryHold,
    hold,
    held: async (name) => queues.has(name),
    untilFree: (name, signal) => hold(name, signal).then((release) => release()),
  }
}

export function browserLocks(): Locks {
  const manager = globalThis.navigator?.locks
  return manager ? webLocks(manager) : localLocks()
}

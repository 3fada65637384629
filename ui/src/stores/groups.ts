// Threads by time, as the list shows them: pinned ones first, then today back to the months.
import type { Thread } from '@/domain'

export interface ThreadGroup {
  /** A fixed name, or `YYYY-MM` for what is older than thirty days. */
  key: 'pinned' | 'today' | 'yesterday' | 'lastWeek' | 'lastMonth' | `${number}-${string}`
  threads: Thread[]
}

/** Keeps the given order within each group; groups without threads are left out. */
export function groupThreads(threads: readonly Thread[], now: number): ThreadGroup[] {
  const today = new Date(now)
  const daysAgo = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - days).getTime()
  const bounds = { today: daysAgo(0), yesterday: daysAgo(1), lastWeek: daysAgo(7), lastMonth: daysAgo(30) }
  const groups = new Map<ThreadGroup['key'], Thread[]>([['pinned', []]])
  for (const thread of threads) {
    const key = thread.pinned ? 'pinned' : keyOf(thread.updatedAt, bounds)
    const group = groups.get(key)
    if (group) group.push(thread)
    else groups.set(key, [thread])
  }
  return [...groups].filter(([, members]) => members.length > 0).map(([key, members]) => ({ key, threads: members }))
}

function keyOf(
  at: number,
  bounds: Record<'today' | 'yesterday' | 'lastWeek' | 'lastMonth', number>,
): ThreadGroup['key'] {
  for (const key of ['today', 'yesterday', 'lastWeek', 'lastMonth'] as const) if (at >= bounds[key]) return key
  const date = new Date(at)
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`
}

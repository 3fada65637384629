// Deletes that can be taken back for ten seconds, instead of questions before them.

export const UNDO_MS = 10_000

export interface Undo {
  /** Takes the delete back; does nothing when it is too late or done already. */
  undo(): Promise<void>
  expiresAt: number
}

/** `expire` runs once when the time is over and nothing was taken back. */
export function createUndo(restore: () => Promise<void>, expire: () => void = () => undefined): Undo {
  let open = true
  const timer = setTimeout(() => {
    open = false
    expire()
  }, UNDO_MS)
  // In Node, a pending undo must not keep the process.
  ;(timer as { unref?: () => void }).unref?.()
  return {
    expiresAt: Date.now() + UNDO_MS,
    async undo() {
      if (!open) return
      open = false
      clearTimeout(timer)
      await restore()
    },
  }
}

// Plain copies of what components hand over: a reactive proxy cannot be stored or sent to another tab.
import { toRaw } from 'vue'

/** Copies arrays and simple objects deeply and leaves out keys that are undefined; bytes and blobs are shared. */
export function plain<T>(value: T): T {
  const raw: unknown = toRaw(value)
  if (Array.isArray(raw)) return raw.map(plain) as T
  if (typeof raw !== 'object' || raw === null) return raw as T
  const prototype: unknown = Object.getPrototypeOf(raw)
  if (prototype !== Object.prototype && prototype !== null) return raw as T
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  ) as T
}

/** A patch may say `undefined`, which takes the key away. */
export type Patch<T> = { [K in keyof T]?: T[K] | undefined }

export function applyPatch<T extends object>(record: T, patch: Patch<T>): T {
  return plain({ ...record, ...patch }) as T
}

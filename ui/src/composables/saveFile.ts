/** Hands a file to the browser to save. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has begun when this runs; Safari needs the address a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** A name for a file out of any title, with a day: "trip-to-rome-2026-11-21.md". */
export function fileName(title: string, extension: string, at = Date.now()): string {
  const words =
    title
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, 8)
      .join('-') || 'chat'
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${words}-${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}.${extension}`
}

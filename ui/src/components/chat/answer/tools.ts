// Arguments and results of tool calls as people read them.

const SUMMARY = 120

/** JSON with indentation; what is not JSON (or not yet) stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** `city: "Oslo", days: 3` for an object, else the text on one line. */
export function summary(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const parts = Object.entries(value).map(([key, item]) => `${key}: ${JSON.stringify(item)}`)
      return clip(parts.join(', '))
    }
  } catch {
    // Arguments arrive in pieces; until the last one they are no JSON.
  }
  return clip(text.replace(/\s+/g, ' ').trim())
}

function clip(text: string): string {
  return text.length > SUMMARY ? `${text.slice(0, SUMMARY - 1)}…` : text
}

// Numbers, times, sizes and money as the reader's locale writes them. Formatters are kept: making one is slow.
import { locale } from '@/i18n'

const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()
const relatives = new Map<string, Intl.RelativeTimeFormat>()

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale.value} ${JSON.stringify(options)}`
  let made = numbers.get(key)
  if (!made) numbers.set(key, (made = new Intl.NumberFormat(locale.value, options)))
  return made
}

function date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.value} ${JSON.stringify(options)}`
  let made = dates.get(key)
  if (!made) dates.set(key, (made = new Intl.DateTimeFormat(locale.value, options)))
  return made
}

function relative(): Intl.RelativeTimeFormat {
  let made = relatives.get(locale.value)
  if (!made)
    relatives.set(
      locale.value,
      (made = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'narrow' })),
    )
  return made
}

export const formatNumber = (value: number, digits = 0): string =>
  number({ maximumFractionDigits: digits }).format(value)

/** 950, 1.2K, 3.4M */
export const formatCompact = (value: number): string =>
  number({ notation: 'compact', maximumFractionDigits: value < 1000 ? 0 : 1 }).format(value)

export const formatPercent = (share: number): string =>
  number({ style: 'percent', maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0 }).format(share)

/** Dollars, with as many digits as a small cost needs: $12.40, $0.03, $0.0004, < $0.0001 */
export function formatCost(dollars: number): string {
  const money = (value: number, digits: number) =>
    number({ style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits }).format(
      value,
    )
  if (dollars > 0 && dollars < 0.0001) return `< ${money(0.0001, 4)}`
  return money(dollars, dollars !== 0 && dollars < 0.01 ? 4 : 2)
}

/** Dollars on a scale whose marks are `step` apart: as many digits as tell them apart, $0.00002 beside $0.00004. */
export function formatCostStep(dollars: number, step: number): string {
  const digits = step > 0 ? Math.min(8, Math.max(2, Math.ceil(-Math.log10(step)))) : 2
  return number({
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: dollars ? digits : 0,
    maximumFractionDigits: digits,
  }).format(dollars)
}

/** A price per million tokens. */
export const formatPrice = (dollars: number): string =>
  number({
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: Number.isInteger(dollars) ? 0 : 2,
    maximumFractionDigits: dollars < 0.1 ? 4 : 2,
  }).format(dollars)

/** 380 ms, 4.2 s, 2 min 5 s */
export function formatDuration(ms: number): string {
  const unit = (value: number, name: string, digits = 0) =>
    number({
      style: 'unit',
      unit: name,
      unitDisplay: name === 'minute' ? 'short' : 'narrow',
      maximumFractionDigits: digits,
    })
      .format(value)
      .replace(/(\d)([a-z])/i, '$1 $2')
  if (ms < 1000) return unit(Math.round(ms), 'millisecond')
  if (ms < 60_000) return unit(ms / 1000, 'second', 1)
  const seconds = Math.round(ms / 1000)
  return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(seconds % 60, 'second')}`
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return number({
    style: 'unit',
    unit: BYTE_UNITS[step]!,
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}

export const formatDate = (at: number, style: 'short' | 'medium' | 'long' = 'medium'): string =>
  date({ dateStyle: style }).format(at)

export const formatTime = (at: number): string => date({ timeStyle: 'short' }).format(at)

export const formatDateTime = (at: number): string => date({ dateStyle: 'medium', timeStyle: 'short' }).format(at)

/** "October 2026" */
export const formatMonth = (at: number): string => date({ month: 'long', year: 'numeric' }).format(at)

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
]

/** "now", "5 min. ago", "yesterday"; after four weeks the date. */
export function formatRelative(at: number, now = Date.now()): string {
  const ago = now - at
  if (ago < 45_000) return relative().format(0, 'second')
  if (ago >= 28 * 86_400_000) return formatDate(at)
  const [unit, ms] = STEPS.findLast(([, size]) => ago >= size) ?? STEPS[0]!
  return relative().format(-Math.max(1, Math.floor(ago / ms)), unit)
}

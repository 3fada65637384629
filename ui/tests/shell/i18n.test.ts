import { afterEach, describe, expect, it } from 'vitest'
import { addMessages, setLocale, t, type Key } from '@/i18n'
import { fill } from '@/i18n/catalogue'
import settings from '@/i18n/en/settings'
import {
  formatBytes,
  formatCompact,
  formatCost,
  formatCostStep,
  formatDuration,
  formatPercent,
  formatPrice,
  formatRelative,
} from '@/i18n/format'

afterEach(() => setLocale('en-US'))

describe('messages', () => {
  it('are filled in, and pick the form of their number', () => {
    expect(fill('{a} of {b}', { a: 'x', b: 1200 }, 'en-US')).toBe('x of 1,200')
    const chats = { one: '{count} chat', other: '{count} chats' }
    expect(fill(chats, { count: 1 }, 'en-US')).toBe('1 chat')
    expect(fill(chats, { count: 0 }, 'en-US')).toBe('0 chats')
  })

  it('show a value that is missing instead of hiding it', () => {
    expect(fill('Hello {name}', {}, 'en-US')).toBe('Hello {name}')
  })

  it('do not take what is filled in for another place to fill', () => {
    expect(fill('{a} {b}', { a: '{b}', b: '1' }, 'en-US')).toBe('{b} 1')
  })

  it('come from the language that is set, and from English where it lacks one', () => {
    setLocale('de', {
      shell: { newChat: 'Neuer Chat', messages: { one: 'eine Nachricht', other: '{count} Nachrichten' } },
    })
    expect(t('shell.newChat')).toBe('Neuer Chat')
    expect(t('shell.messages', { count: 1200 })).toBe('1.200 Nachrichten')
    expect(t('shell.settings')).toBe('Settings')
    expect(document.documentElement.lang).toBe('de')
  })

  it('turn the page round for languages that run right to left', () => {
    setLocale('ar-EG', { shell: { newChat: 'محادثة جديدة' } })
    expect(document.documentElement.dir).toBe('rtl')
    setLocale('ar-EG')
    expect(document.documentElement.dir).toBe('ltr')
  })

  it('of a part that is loaded later are there once it is', () => {
    expect(t('settings.stream' as Key)).toBe('settings.stream')
    addMessages({ settings })
    expect(t('settings.stream')).toBe('Enable Streaming')
  })
})

describe('figures', () => {
  it('are as precise as they need to be', () => {
    expect([0, 0.00002, 0.00004].map((cost) => formatCostStep(cost, 0.00002))).toEqual(['$0', '$0.00002', '$0.00004'])
    expect([0, 5, 10].map((cost) => formatCostStep(cost, 5))).toEqual(['$0', '$5.00', '$10.00'])
    expect([12.4, 0.031, 0.0004, 0.00001, 0].map(formatCost)).toEqual([
      '$12.40',
      '$0.03',
      '$0.0004',
      '< $0.0001',
      '$0.00',
    ])
    expect([3, 0.25, 0.075].map(formatPrice)).toEqual(['$3', '$0.25', '$0.075'])
    expect([950, 1234, 3_400_000].map(formatCompact)).toEqual(['950', '1.2K', '3.4M'])
    expect([0, 0.063, 0.5].map(formatPercent)).toEqual(['0%', '6.3%', '50%'])
    expect([380, 4200, 125_000].map(formatDuration)).toEqual(['380 ms', '4.2 s', '2 min 5 s'])
    expect([12, 1_500, 25_000_000].map(formatBytes)).toEqual(['12 bytes', '1.5 kB', '25 MB'])
  })

  it('are written as the locale writes them', () => {
    setLocale('de-DE')
    expect(formatCompact(1234)).toBe('1234')
    expect(formatDuration(4200)).toMatch(/^4,2\s/)
    expect(formatCost(12.4)).toMatch(/^12,40\s\$$/)
  })

  it('tell times by how long ago they were, and old ones by their date', () => {
    const now = new Date('2026-11-21T12:00:00').getTime()
    const ago = (ms: number) => formatRelative(now - ms, now)
    expect(ago(1000)).toBe('now')
    expect(ago(5 * 60_000)).toBe('5m ago')
    expect(ago(26 * 3_600_000)).toBe('yesterday')
    expect(ago(60 * 86_400_000)).toBe('Sep 22, 2026')
  })
})

import { describe, expect, it } from 'vitest'
import { FIELDS, parseField, showField, type Field } from '@/components/dialogs/settings/fields'
import { allFields } from '@/stores/settings'

const field = (name: string): Field => FIELDS.find((each) => each.name === name)!

describe('request defaults', () => {
  it('can be set for every parameter there is', () => {
    const others = allFields.filter((name) => name !== 'stream')
    expect(FIELDS.map(({ name }) => name).sort()).toEqual([...others].sort())
  })

  it('take what fits', () => {
    expect(parseField(field('temperature'), ' 0.7 ')).toBe(0.7)
    expect(parseField(field('seed'), '-3')).toBe(-3)
    expect(parseField(field('store'), 'false')).toBe(false)
    expect(parseField(field('reasoning_effort'), 'high')).toBe('high')
    expect(parseField(field('stop'), 'END\n  two words \n\n')).toEqual(['END', '  two words '])
  })

  it('are the default of the model when empty', () => {
    for (const each of FIELDS) expect(parseField(each, '')).toBeUndefined()
  })

  it('refuse what does not fit', () => {
    expect(parseField(field('temperature'), '2.1')).toBeNull()
    expect(parseField(field('temperature'), 'warm')).toBeNull()
    expect(parseField(field('max_completion_tokens'), '0')).toBeNull()
    expect(parseField(field('max_completion_tokens'), '1.5')).toBeNull()
  })

  it('show what is stored as it is entered', () => {
    expect(showField(['a', 'b'])).toBe('a\nb')
    expect(showField(undefined)).toBe('')
    expect(showField(false)).toBe('false')
  })
})

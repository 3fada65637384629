// The English catalogue, by area. Areas of parts that are loaded later come with them (`addMessages`); they are named
// here as types only, so that every key is known to the compiler.
import markdown from '@/i18n/en/markdown'
import shell from '@/i18n/en/shell'

export const en = { markdown, shell }

export type Catalogue = typeof en

// The English catalogue, by area. Areas of parts that are loaded later come with them (`addMessages`); they are named
// here as types only, so that every key is known to the compiler.
import chat from '@/i18n/en/chat'
import errors from '@/i18n/en/errors'
import markdown from '@/i18n/en/markdown'
import type panels from '@/i18n/en/panels'
import shell from '@/i18n/en/shell'
import type dialogs from '@/i18n/en/dialogs'
import type settings from '@/i18n/en/settings'
import type views from '@/i18n/en/views'
import stores from '@/i18n/en/stores'

export const en = { chat, errors, markdown, shell, stores }

export type Catalogue = typeof en & { dialogs: typeof dialogs; settings: typeof settings; views: typeof views } & {
  panels: typeof panels
}

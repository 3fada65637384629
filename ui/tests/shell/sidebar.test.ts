import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import SidebarContent from '@/components/shell/SidebarContent.vue'
import { useToast } from '@/composables/useToast'
import { useShell } from '@/composables/useShell'
import { press, settled } from './support/browser'
import { startPage, thread } from './support/page'

let page: Awaited<ReturnType<typeof startPage>>
let wrapper: VueWrapper
beforeAll(async () => void (page = await startPage()))

beforeEach(async () => {
  for (const { id } of page.store.threads.value) await page.store.deleteThread(id)
  await page.store.createThread(thread('Rome in spring', 0, { model: 'acme/large' }))
  await page.store.createThread(thread('Sourdough', 1))
  await page.store.createThread(thread('Retry loop', 200, { pinned: true }))
  wrapper = mount(SidebarContent, { attachTo: document.body })
  await settled()
})
afterEach(() => {
  wrapper.unmount()
  for (const { id } of useToast().toasts.value) useToast().dismiss(id)
})

const links = () => wrapper.findAll<HTMLAnchorElement>('.threads li a')
const titles = () => wrapper.findAll('.threads li .title').map((title) => title.text())
const item = (title: string) => wrapper.findAll('.threads li').find((each) => each.text().includes(title))!

async function choose(title: string, action: string): Promise<void> {
  await item(title).get('button').trigger('click')
  await settled()
  await item(title)
    .findAll('[role="menuitem"]')
    .find((each) => each.text() === action)!
    .trigger('click')
  await settled()
}

describe('the list of chats', () => {
  it('is grouped by time, pinned ones first', () => {
    expect(wrapper.findAll('.threads h3').map((heading) => heading.text())).toEqual(['Pinned', 'Today', 'Yesterday'])
    expect(titles()).toEqual(['Retry loop', 'Rome in spring', 'Sourdough'])
  })

  it('links to each chat and marks the one that is open', async () => {
    expect(links()[1]!.attributes('href')).toBe('/c/rome-in-spring')
    await links()[1]!.trigger('click')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'rome-in-spring' })
    expect(links()[1]!.attributes('aria-current')).toBe('page')
  })

  it('is walked with the arrows', () => {
    links()[0]!.element.focus()
    press(document.activeElement!, 'ArrowDown')
    expect(document.activeElement).toBe(links()[1]!.element)
    press(document.activeElement!, 'ArrowUp')
    expect(document.activeElement).toBe(links()[0]!.element)
  })

  it('is narrowed by words of the title, and offers to search the texts', async () => {
    await wrapper.get('input[type="search"]').setValue('spring ROME')
    expect(titles()).toEqual(['Rome in spring'])
    await wrapper.get('form[role="search"]').trigger('submit')
    expect(page.router.route.value).toEqual({ name: 'recents', query: 'spring ROME' })
    await wrapper.get('input[type="search"]').setValue('nothing like that')
    expect(wrapper.get('.threads [role="status"]').text()).toBe('No title matches.')
  })

  it('empties the search with Escape before the key means anything else', async () => {
    const field = wrapper.get<HTMLInputElement>('input[type="search"]')
    await field.setValue('rome')
    expect(press(field.element, 'Escape').defaultPrevented).toBe(true)
    await settled()
    expect(field.element.value).toBe('')
    expect(press(field.element, 'Escape').defaultPrevented).toBe(false)
  })
})

describe('a chat of the list', () => {
  it('is renamed in place', async () => {
    await choose('Rome', 'Rename')
    const field = wrapper.get<HTMLInputElement>('li input')
    expect(field.element.value).toBe('Rome in spring')
    await field.setValue('  Rome in May ')
    press(field.element, 'Enter')
    await settled()
    expect(page.store.threads.value.find(({ id }) => id === 'rome-in-spring')).toMatchObject({
      title: 'Rome in May',
      titleSource: 'user',
    })
    expect(document.activeElement?.textContent).toContain('Rome in May')
  })

  it('keeps its title when renaming is given up', async () => {
    await choose('Rome', 'Rename')
    const field = wrapper.get<HTMLInputElement>('li input')
    await field.setValue('Something else')
    press(field.element, 'Escape')
    await settled()
    expect(titles()).toContain('Rome in spring')
  })

  it('is pinned and let go', async () => {
    await choose('Rome', 'Pin')
    expect(wrapper.findAll('.threads h3').map((heading) => heading.text())).toEqual(['Pinned', 'Yesterday'])
    await choose('Rome', 'Unpin')
    expect(wrapper.findAll('.threads h3').map((heading) => heading.text())).toEqual(['Pinned', 'Today', 'Yesterday'])
  })

  it('is deleted at once, and comes back with an undo, open as it was', async () => {
    page.router.push({ name: 'chat', threadId: 'rome-in-spring' })
    await choose('Rome', 'Delete')
    expect(titles()).toEqual(['Retry loop', 'Sourdough'])
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: null })
    expect(useToast().toasts.value.at(-1)?.text).toBe('Deleted “Rome in spring”')
    expect(useToast().undoLast()).toBe(true)
    await settled()
    expect(titles()).toContain('Rome in spring')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: 'rome-in-spring' })
  })

  it('tells what it holds', () => {
    expect(item('Rome').get('.facts').text()).toContain('large')
    expect(item('Sourdough').get('time').text()).toBe('yesterday')
  })
})

describe('beside the list', () => {
  it('a temporary chat begins without an address of its own', async () => {
    const button = wrapper.get('button[aria-label="Temporary chat"]')
    await button.trigger('click')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: null, temporary: true })
    expect(button.attributes('aria-pressed')).toBe('true')
    await button.trigger('click')
    expect(page.router.route.value).toEqual({ name: 'chat', threadId: null })
  })

  it('the views and dialogs are a step away', async () => {
    const entry = (name: string) => wrapper.findAll('.views .view').find((each) => each.text() === name)!
    await entry('Usage').trigger('click')
    expect(page.router.route.value).toEqual({ name: 'analytics' })
    await entry('Prompts').trigger('click')
    expect(useShell().dialog.value).toBe('prompts')
  })
})

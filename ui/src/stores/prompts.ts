// The library of prompts: texts to insert with `/name`, and system prompts, with `{{variables}}` to fill in.
import { shallowRef, type ShallowRef } from 'vue'
import type { Prompt } from '@/domain'
import { newId } from './ids'
import { plain } from './plain'
import { useTabs, type Tabs } from './tabs'
import { createUndo, type Undo } from './undo'
import { useVault, type Vault } from './vault'

export type PromptDraft = Partial<Prompt> & Pick<Prompt, 'name' | 'text'>

export interface PromptStore {
  /** By name. */
  prompts: ShallowRef<Prompt[]>
  loadPrompts(): Promise<Prompt[]>
  /** Makes a prompt, or replaces the one with the same id. The name is made fit to follow a slash, and unique. */
  savePrompt(prompt: PromptDraft): Promise<Prompt>
  deletePrompt(id: string): Promise<Undo>
}

export function createPrompts(
  vault: Vault,
  tabs: Pick<Tabs, 'post' | 'on'>,
  now: () => number = Date.now,
): PromptStore {
  const prompts = shallowRef<Prompt[]>([])

  async function loadPrompts(): Promise<Prompt[]> {
    await vault.ready()
    const all = await vault.main().run(['prompts'], 'readonly', (unit) => unit.all('prompts'))
    prompts.value = all.sort((a, b) => a.name.localeCompare(b.name))
    return prompts.value
  }

  async function put(prompt: Prompt): Promise<void> {
    await vault.main().run(['prompts'], 'readwrite', (unit) => unit.put('prompts', prompt))
    await changed()
  }

  async function changed(): Promise<void> {
    await loadPrompts()
    tabs.post({ kind: 'prompts-changed' })
  }

  async function savePrompt(draft: PromptDraft): Promise<Prompt> {
    const others = (await loadPrompts()).filter((each) => each.id !== draft.id)
    const prompt: Prompt = plain({
      title: draft.name,
      kind: 'prompt',
      ...draft,
      id: draft.id ?? newId(now()),
      name: freeName(slashName(draft.name), others),
      updatedAt: now(),
    })
    await put(prompt)
    return prompt
  }

  async function deletePrompt(id: string): Promise<Undo> {
    const gone = (await loadPrompts()).find((each) => each.id === id)
    await vault.main().run(['prompts'], 'readwrite', (unit) => unit.delete('prompts', id))
    await changed()
    return createUndo(async () => gone && put(gone))
  }

  tabs.on('prompts-changed', () => void loadPrompts())
  return { prompts, loadPrompts, savePrompt, deletePrompt }
}

/** Letters and digits of any script, joined by dashes. */
export function slashName(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}_]+/gu)
  return words?.join('-') ?? 'prompt'
}

function freeName(name: string, others: Prompt[]): string {
  const taken = new Set(others.map((each) => each.name))
  let free = name
  for (let i = 2; taken.has(free); i++) free = `${name}-${i}`
  return free
}

const VARIABLE = /\{\{\s*([\p{L}\p{N}_][\p{L}\p{N}_ .-]*?)\s*\}\}/gu

/** The variables of a prompt in order of appearance, each once. */
export function variablesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(VARIABLE), (found) => found[1]!))]
}

/** Fills in what is given; a variable without a value stays as it is written. */
export function fillVariables(text: string, values: Record<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => (Object.hasOwn(values, name) ? values[name]! : whole))
}

let shared: PromptStore | undefined

export function usePrompts(): PromptStore {
  shared ??= createPrompts(useVault(), useTabs())
  return shared
}

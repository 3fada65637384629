// A table that grows by rows: a finished row is never touched again.

import { t } from '@/i18n'
import { element } from '../dom'
import type { Align, Block, Table } from '../blocks/tree'
import { InlineView } from './inline'
import type { Context, View } from './view'

interface Row {
  element: HTMLTableRowElement
  cells: InlineView[]
}

export class TableView implements View {
  readonly key = 'table'
  readonly element: HTMLElement
  readonly #body = element('tbody')
  readonly #table = element('table')
  readonly #rows: Row[] = []
  #head: Row | null = null
  #settled = 0
  #generation: number

  constructor(readonly context: Context) {
    this.element = element('div', {
      class: 'table-scroll',
      role: 'region',
      tabindex: '0',
      'aria-label': t('markdown.table'),
    })
    this.element.append(this.#table)
    this.#generation = context.generation
  }

  update(block: Block): void {
    const table = block as Table
    if (this.#generation !== this.context.generation) this.#settled = 0
    this.#generation = this.context.generation
    this.#showHead(table)
    for (const row of this.#rows.splice(table.rows.length)) this.#remove(row)
    for (let index = this.#settled; index < table.rows.length; index++) this.#showRow(index, table)
    // The last row may still be one that is tried.
    this.#settled = Math.max(0, table.rows.length - 1)
    if (this.#rows.length > 0 && !this.#body.isConnected) this.#table.append(this.#body)
  }

  tail(): HTMLElement {
    return (this.#rows.at(-1) ?? this.#head)?.cells.at(-1)?.element ?? this.element
  }

  dispose(): void {
    for (const row of [...this.#rows, ...(this.#head ? [this.#head] : [])]) row.cells.forEach((cell) => cell.dispose())
  }

  #showHead({ head, align }: Table): void {
    if (this.#head && this.#head.cells.length !== head.length) {
      this.#remove(this.#head)
      this.#head = null
    }
    if (!this.#head) {
      this.#head = this.#makeRow('th', align)
      this.#table.prepend(element('thead', {}, this.#head.element))
    }
    this.#fill(this.#head, head, align)
  }

  #showRow(index: number, { rows, align, head }: Table): void {
    let row = this.#rows[index]
    if (row && row.cells.length !== head.length) this.#remove(row)
    if (!row || row.cells.length !== head.length) {
      row = this.#rows[index] = this.#makeRow('td', align)
      this.#body.insertBefore(row.element, this.#rows[index + 1]?.element ?? null)
    }
    this.#fill(row, rows[index] ?? [], align)
  }

  #makeRow(name: 'td' | 'th', align: Align[]): Row {
    const cells = align.map(() => element(name, name === 'th' ? { scope: 'col', dir: 'auto' } : { dir: 'auto' }))
    return { element: element('tr', {}, ...cells), cells: cells.map((cell) => new InlineView(cell, this.context)) }
  }

  #fill(row: Row, texts: string[], align: Align[]): void {
    row.cells.forEach((cell, column) => {
      if (align[column]) cell.element.dataset['align'] = align[column]
      else delete cell.element.dataset['align']
      cell.update(texts[column] ?? '', false)
    })
  }

  #remove(row: Row): void {
    row.cells.forEach((cell) => cell.dispose())
    const section = row.element.parentElement
    row.element.remove()
    if (section?.tagName === 'THEAD') section.remove()
  }
}

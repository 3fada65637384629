// A table that grows by rows: a finished row is never touched again. Another number of columns makes another table.

import { t } from '@/i18n'
import { element } from '../dom'
import type { Align, Block, Table } from '../blocks/tree'
import { InlineView } from './inline'
import type { Context, View } from './view'

/** To find the widths of its columns, a browser looks at every cell for each new word. From so many rows on, the widths stay
    as they are until the table ends. */
const ROWS_THAT_TELL_WIDTHS = 40

interface Row {
  element: HTMLTableRowElement
  cells: InlineView[]
}

export class TableView implements View {
  readonly element: HTMLElement
  readonly #table = element('table')
  readonly #body = element('tbody')
  #columns: HTMLElement | null = null
  readonly #rows: Row[] = []
  #head: Row | null = null
  #settled = 0
  #generation: number

  constructor(
    readonly key: string,
    readonly context: Context,
  ) {
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
    this.#keepWidths(block.open && table.rows.length > ROWS_THAT_TELL_WIDTHS)
  }

  tail(): HTMLElement {
    return (this.#rows.at(-1) ?? this.#head)?.cells.at(-1)?.element ?? this.element
  }

  dispose(): void {
    for (const row of [...this.#rows, ...(this.#head ? [this.#head] : [])]) row.cells.forEach((cell) => cell.dispose())
  }

  #showHead({ head, align }: Table): void {
    if (!this.#head) {
      this.#head = this.#makeRow('th', align)
      this.#table.prepend(element('thead', {}, this.#head.element))
    }
    this.#fill(this.#head, head, align)
  }

  #showRow(index: number, { rows, align }: Table): void {
    let row = this.#rows[index]
    if (!row) {
      row = this.#rows[index] = this.#makeRow('td', align)
      this.#body.append(row.element)
    }
    this.#fill(row, rows[index] ?? [], align)
  }

  #keepWidths(keep: boolean): void {
    if (keep === (this.#columns !== null)) return
    if (!keep) {
      this.#columns?.remove()
      this.#columns = null
      return
    }
    const widths = this.#head?.cells.map((cell) => cell.element.getBoundingClientRect().width) ?? []
    this.#columns = element('colgroup', {}, ...widths.map(column))
    this.#table.prepend(this.#columns)
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
    row.element.remove()
  }
}

function column(width: number): HTMLElement {
  const made = element('col')
  made.style.inlineSize = `${width}px`
  return made
}

import { padded, visibleWidth } from './width.ts'

export interface Column {
  readonly title: string
  /** @default 'left' */
  readonly align?: 'left' | 'right'
}

/** Aligned columns, two spaces between them, no frame: easy to read and to cut. No trailing blanks. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map((column) => column.title)
  const widths = columns.map((_, i) => Math.max(...[titles, ...rows].map((row) => visibleWidth(row[i] ?? ''))))
  const line = (cells: readonly string[]) =>
    columns
      .map((column, i) => padded(cells[i] ?? '', widths[i] as number, column.align ?? 'left'))
      .join('  ')
      .trimEnd()
  return [line(titles), ...rows.map(line)]
}

/** `label   value` lines, values under each other; rows without a value are left out. */
export function facts(rows: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '')
  const width = Math.max(0, ...shown.map(([label]) => visibleWidth(label)))
  return shown.map(([label, value]) => `${padded(label, width, 'left')}  ${value}`)
}

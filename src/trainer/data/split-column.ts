import type { Dataset } from '../dataset.ts'
import type { ProblemList } from './problem-list.ts'
import type { Table } from './table.ts'

/** Words that data sets use for the three splits. */
const WORDS: Readonly<Record<string, 'train' | 'val' | 'test'>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  dev: 'val',
  test: 'test',
}

/** Divides rows by a column of the file. Adds DATA_SPLIT to `problems` for an unknown word, or a split without rows. */
export function columnSplit(table: Table, column: string, problems: ProblemList): Dataset['splits'] {
  const parts: Record<'train' | 'val' | 'test', number[]> = { train: [], val: [], test: [] }
  let unknown = 0
  for (const [row, cell] of (table.cells.get(column) ?? []).entries()) {
    const part = WORDS[cell.toLowerCase()]
    if (part) {
      parts[part].push(row)
      continue
    }
    unknown++
    const message = `Column ${column} is "${cell}"; expected train, val or test.`
    problems.add({ code: 'DATA_SPLIT', line: table.lines[row] as number, message })
  }
  for (const [name, rows] of Object.entries(parts)) {
    if (rows.length > 0 || unknown > 0) continue
    problems.add({ code: 'DATA_SPLIT', message: `Column ${column} has no ${name} row.` })
  }
  return { train: Int32Array.from(parts.train), val: Int32Array.from(parts.val), test: Int32Array.from(parts.test) }
}

import { type Problem, ProblemsError } from '../../base/errors.ts'
import type { Dataset } from '../dataset.ts'
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

/**
 * Divides rows by a column of the file.
 *
 * @throws {ProblemsError} DATA_SPLIT for a word that is not known, or a split without rows
 */
export function columnSplit(table: Table, column: string): Dataset['splits'] {
  const index = table.columns.indexOf(column)
  const parts: Record<'train' | 'val' | 'test', number[]> = { train: [], val: [], test: [] }
  const problems: Problem[] = []
  for (const [row, { cells, line }] of table.rows.entries()) {
    const word = cells[index]?.trim().toLowerCase() ?? ''
    const part = WORDS[word]
    if (part) {
      parts[part].push(row)
      continue
    }
    const message = `Column ${column} is "${word}"; expected train, val or test.`
    problems.push({ code: 'DATA_SPLIT', where: { file: table.file, line }, message })
  }
  for (const [name, rows] of Object.entries(parts)) {
    if (rows.length > 0 || problems.length > 0) continue
    problems.push({ code: 'DATA_SPLIT', where: { file: table.file }, message: `Column ${column} has no ${name} row.` })
  }
  const [first, ...others] = problems.slice(0, 20)
  if (first) throw new ProblemsError([first, ...others], 'Nothing was trained.')
  return { train: Int32Array.from(parts.train), val: Int32Array.from(parts.val), test: Int32Array.from(parts.test) }
}

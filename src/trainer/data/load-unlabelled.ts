import { resolve } from 'node:path'
import type { FileSource } from './check-data.ts'
import { ProblemList } from './problem-list.ts'
import { readHeader, readTable } from './read-table.ts'

/** A text without labels. */
export interface UnlabelledText {
  /** 1-based line of the file. */
  readonly line: number
  readonly text: string
}

/**
 * Reads `data.unlabelled`: any file with a column of texts. Rows without a text are left out.
 *
 * @throws {UserError | ProblemsError} DATA_... with every problem found and its line
 */
export function loadUnlabelled(source: FileSource): UnlabelledText[] {
  const { unlabelled } = source
  if (!unlabelled) return []
  const column = unlabelled.text ?? source.text
  const file = { ...source, file: resolve(unlabelled.file) }
  const problems = new ProblemList(unlabelled.file)
  const checkColumn = (columns: readonly string[]) => {
    if (columns.includes(column)) return
    const message = `${unlabelled.file} has no column "${column}". Its columns: ${columns.join(', ')}.`
    problems.add({ code: 'DATA_COLUMN_MISSING', line: 1, message, fix: 'data.unlabelled: {file: ..., text: COLUMN}' })
    problems.throwIfAny()
  }
  const header = readHeader(file)
  if (header) checkColumn(header)
  const { table } = readTable(file, [column], problems)
  problems.throwIfAny()
  if (table.lines.length > 0) checkColumn(table.columns)
  const texts = table.cells.get(column) ?? []
  return texts.flatMap((text, row) => (text === '' ? [] : [{ line: table.lines[row] as number, text }]))
}

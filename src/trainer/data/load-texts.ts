import { createHash } from 'node:crypto'
import { counted } from '../../base/human-readable.ts'
import { type DataSource, splitSchema } from '../settings-schema.ts'
import { checkClasses, checkColumns, checkRows } from './check-data.ts'
import type { LabelledTexts } from './labelled-texts.ts'
import { readQuickstart } from './quickstart.ts'
import { quickstartTasks } from './quickstart-tasks.ts'
import { readData, readTable } from './read-table.ts'
import { columnSplit } from './split-column.ts'
import { stratifiedSplit } from './stratified-split.ts'
import type { Table } from './table.ts'

type FileSource = Exclude<DataSource, string>

/** The quickstart data as if it were a file. */
const quickstartSource: FileSource = {
  file: 'quickstart',
  text: 'text',
  id: 'id',
  tasks: { sentiment: 'sentiment', venue: 'venue' },
  classes: Object.fromEntries(quickstartTasks.map(({ name, classes }) => [name, [...classes]])),
  split: { val: 0.15, test: 0.15, seed: 1 },
}

/**
 * Reads, checks, labels and divides the data. The same content and configuration give the same rows, classes and
 * splits on every machine and for every trial.
 *
 * @throws {UserError | ProblemsError} DATA_... with every problem found and its line
 */
export function loadTexts(data: DataSource): LabelledTexts {
  if (data !== 'quickstart') {
    const content = readData(data.file)
    return labelled(data, readTable(data.file, content), createHash('sha256').update(content).digest('hex'))
  }
  const { rows, hash } = readQuickstart()
  const columns = ['id', 'text', 'sentiment', 'venue']
  const cells = rows.map((row, index) => ({ line: index + 1, cells: [row.id, row.text, row.sentiment, row.venue] }))
  return labelled(quickstartSource, { file: 'quickstart', columns, rows: cells }, hash)
}

/** SHA-256 of what the rows are read from; part of a trial's content address. */
export function dataHash(data: DataSource): string {
  return data === 'quickstart' ? readQuickstart().hash : createHash('sha256').update(readData(data.file)).digest('hex')
}

function labelled(source: FileSource, table: Table, hash: string): LabelledTexts {
  checkColumns(source, table)
  checkRows(source, table)
  const column = (name: string) => {
    const index = table.columns.indexOf(name)
    return table.rows.map(({ cells }) => cells[index]?.trim() ?? '')
  }
  const labels = new Map<string, Int32Array>()
  const tasks = Object.entries(source.tasks).map(([name, labelColumn]) => {
    const values = column(labelColumn)
    const classes = source.classes?.[name] ?? [...new Set(values)].filter((value) => value !== '').sort()
    labels.set(
      name,
      Int32Array.from(values, (value) => classes.indexOf(value)),
    )
    return { name, classes }
  })
  checkClasses({ source, table, tasks, labels })
  const texts = column(source.text)
  const ids = source.id === undefined ? table.rows.map((_, row) => String(row)) : column(source.id)
  const { splits, notes } = divide(source, table, [...labels.values()])
  return { tasks, ids, texts, labels, splits, hash, notes: [...notes, ...emptyClasses(tasks, labels, splits)] }
}

function divide(source: FileSource, table: Table, labels: readonly Int32Array[]) {
  if (typeof source.split === 'string') return { splits: columnSplit(table, source.split), notes: [] }
  const shares = splitSchema.options[1].parse(source.split ?? {})
  const keys = table.rows.map((_, row) => labels.map((of) => of[row]).join(' '))
  const { splits, pooledCombinations, pooledRows } = stratifiedSplit(keys, shares)
  if (pooledCombinations === 0) return { splits, notes: [] }
  const combinations = counted(pooledCombinations, 'combination')
  const note = `${combinations} of labels (${counted(pooledRows, 'row')}) were too rare to be divided evenly; they were divided together.`
  return { splits, notes: [note] }
}

/** Figures of a class without rows in a split count as 0; nobody should find that out from the figure. */
function emptyClasses(
  tasks: LabelledTexts['tasks'],
  labels: LabelledTexts['labels'],
  splits: LabelledTexts['splits'],
): string[] {
  return tasks.flatMap(({ name, classes }) => {
    const of = labels.get(name) ?? new Int32Array()
    return classes.flatMap((className, index) =>
      Object.entries(splits)
        .filter(([, rows]) => !rows.some((row: number) => of[row] === index))
        .map(([split]) => `Class ${className} of ${name} has no row in ${split}; its F1 there counts as 0.`),
    )
  })
}

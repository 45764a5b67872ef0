import { type Problem, ProblemsError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import { nearest } from '../../base/nearest.ts'
import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { Table } from './table.ts'

type FileSource = Exclude<DataSource, string>

/** Problems of one kind shown at most; a file with one wrong separator has thousands. */
const SHOWN = 5

/** A column that the configuration names and the file does not have. */
export interface MissingColumn {
  /** Where it is configured, such as `data.tasks.sentiment`. */
  readonly path: string
  readonly message: string
  readonly fix?: string
}

export function missingColumns(source: FileSource, columns: readonly string[]): MissingColumn[] {
  const wanted: [path: string, column: string | undefined][] = [
    ['data.text', source.text],
    ['data.id', source.id],
    ['data.split', typeof source.split === 'string' ? source.split : undefined],
    ...Object.entries(source.tasks).map(([task, column]): [string, string] => [`data.tasks.${task}`, column]),
  ]
  return wanted.flatMap(([path, column]) => {
    if (column === undefined || columns.includes(column)) return []
    const message = `${source.file} has no column "${column}". Its columns: ${columns.join(', ')}.`
    const [close] = nearest(column, columns)
    return [{ path, message, ...(close === undefined ? {} : { fix: `${path}: ${close}` }) }]
  })
}

/** @throws {ProblemsError} DATA_COLUMN_MISSING */
export function checkColumns(source: FileSource, table: Table): void {
  const where = { file: source.file, line: 1 }
  refuse(
    missingColumns(source, table.columns).map(({ path: _, ...rest }) => ({
      ...rest,
      where,
      code: 'DATA_COLUMN_MISSING',
    })),
  )
}

/** @throws {ProblemsError} DATA_EMPTY, DATA_TEXT_EMPTY, DATA_ID_REPEATED */
export function checkRows(source: FileSource, table: Table): void {
  const { file } = source
  if (table.rows.length === 0) {
    refuse([{ code: 'DATA_EMPTY', where: { file }, message: 'The file has no rows below its header.' }])
  }
  const textColumn = table.columns.indexOf(source.text)
  const empty = table.rows.filter(({ cells }) => (cells[textColumn]?.trim() ?? '') === '')
  const problems: Problem[] = empty.slice(0, SHOWN).map(({ line }) => {
    const more = empty.length > 1 ? ` (${counted(empty.length, 'such row')} in all.)` : ''
    const message = `Column ${source.text} is empty; every row needs a text.${more}`
    return { code: 'DATA_TEXT_EMPTY', where: { file, line }, message }
  })
  refuse([...problems, ...repeatedIds(source, table)])
}

function repeatedIds(source: FileSource, table: Table): Problem[] {
  if (source.id === undefined) return []
  const column = table.columns.indexOf(source.id)
  const firstLine = new Map<string, number>()
  const problems: Problem[] = []
  for (const { cells, line } of table.rows) {
    const id = cells[column]?.trim() ?? ''
    const first = firstLine.get(id)
    if (first === undefined) firstLine.set(id, line)
    else if (problems.length < SHOWN) {
      const message = `The id "${id}" was there in line ${first} already; ids are unique.`
      problems.push({ code: 'DATA_ID_REPEATED', where: { file: source.file, line }, message })
    }
  }
  return problems
}

/** @throws {ProblemsError} DATA_CLASS_UNKNOWN, DATA_CLASS_RARE, DATA_ONE_CLASS */
export function checkClasses(data: {
  readonly source: FileSource
  readonly table: Table
  readonly tasks: readonly Task[]
  readonly labels: ReadonlyMap<string, Int32Array>
}): void {
  refuse(data.tasks.flatMap((task) => [...unknownClasses(data, task), ...rareClasses(data, task)]))
}

/** A label that is there, but not among the configured classes. */
function unknownClasses({ source, table, labels }: Parameters<typeof checkClasses>[0], task: Task): Problem[] {
  const column = table.columns.indexOf(source.tasks[task.name] as string)
  const of = labels.get(task.name)
  const wrong = table.rows.filter(({ cells }, row) => of?.[row] === -1 && (cells[column]?.trim() ?? '') !== '')
  return wrong.slice(0, SHOWN).map(({ cells, line }) => {
    const label = cells[column]?.trim() ?? ''
    const [close] = nearest(label, task.classes)
    const message = `"${label}" is no class of ${task.name}. Configured: ${task.classes.join(', ')}.`
    const where = { file: source.file, line }
    return { code: 'DATA_CLASS_UNKNOWN', where, message, ...(close === undefined ? {} : { fix: close }) }
  })
}

function rareClasses({ source, table, labels }: Parameters<typeof checkClasses>[0], task: Task): Problem[] {
  const where = { file: source.file }
  const of = labels.get(task.name) ?? new Int32Array()
  if (task.classes.length < 2) {
    const message = `Task ${task.name} has ${counted(task.classes.length, 'class', 'classes')}; two are needed to tell apart.`
    return [{ code: 'DATA_ONE_CLASS', where, message }]
  }
  return task.classes.flatMap((name, index): Problem[] => {
    const rows = of.reduce((sum, label) => sum + (label === index ? 1 : 0), 0)
    if (rows > 1) return []
    const line = table.rows[of.indexOf(index)]?.line
    const message = `Class ${name} of ${task.name} has ${counted(rows, 'row')}; it takes one to learn from and one to judge by.`
    return [{ code: 'DATA_CLASS_RARE', where: line === undefined ? where : { ...where, line }, message }]
  })
}

function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (first) throw new ProblemsError([first, ...others], 'Nothing was trained.')
}

import { counted } from '../../base/human-readable.ts'
import { nearest } from '../../base/nearest.ts'
import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { ProblemList } from './problem-list.ts'
import type { Table } from './table.ts'

export type FileSource = Exclude<DataSource, string>

/** A column that the configuration names and the file does not have. */
export interface MissingColumn {
  /** Where it is configured, such as `data.tasks.sentiment`. */
  readonly path: string
  readonly message: string
  readonly fix?: string
}

/** The columns that the configuration names, by where it names them. */
export function namedColumns(source: FileSource): [path: string, column: string][] {
  const optional: [string, string | undefined][] = [
    ['data.id', source.id],
    ['data.split', typeof source.split === 'string' ? source.split : undefined],
    ['data.groupBy', source.groupBy],
  ]
  return [
    ['data.text', source.text],
    ...optional.filter((named): named is [string, string] => named[1] !== undefined),
    ...Object.entries(source.tasks).map(([task, column]): [string, string] => [`data.tasks.${task}`, column]),
  ]
}

export function missingColumns(source: FileSource, columns: readonly string[]): MissingColumn[] {
  return namedColumns(source).flatMap(([path, column]) => {
    const times = columns.filter((name) => name === column).length
    if (times === 1) return []
    if (times > 1) {
      const message = `${source.file} has ${times} columns named "${column}"; nobody can tell which one is meant.`
      return [{ path, message }]
    }
    const message = `${source.file} has no column "${column}". Its columns: ${columns.join(', ')}.`
    const separator = columns.length === 1 ? /[;|\t]/.exec(columns[0] ?? '')?.[0] : undefined
    const [close] = nearest(column, columns)
    const fix = separator ? `data.delimiter: ${JSON.stringify(separator)}` : close && `${path}: ${close}`
    return [{ path, message, ...(fix === undefined ? {} : { fix }) }]
  })
}

/** @throws {ProblemsError} DATA_COLUMN_MISSING and what `problems` held before */
export function checkColumns(source: FileSource, columns: readonly string[], problems: ProblemList): void {
  if (columns.length === 0) {
    problems.add({ code: 'DATA_EMPTY', message: 'The file is empty.' })
    problems.throwIfAny()
  }
  const missing = missingColumns(source, columns)
  for (const { message, fix } of missing) problems.add({ code: 'DATA_COLUMN_MISSING', line: 1, message, fix })
  if (missing.length > 0) problems.throwIfAny()
}

/** Adds DATA_EMPTY, DATA_TEXT_EMPTY, DATA_ID_REPEATED to `problems`. */
export function checkRows(source: FileSource, table: Table, problems: ProblemList): void {
  if (table.lines.length === 0) {
    problems.add({ code: 'DATA_EMPTY', message: 'The file has no rows below its header.' })
  }
  const message = `Column ${source.text} is empty; every row needs a text.`
  for (const [row, text] of (table.cells.get(source.text) ?? []).entries()) {
    if (text === '') problems.add({ code: 'DATA_TEXT_EMPTY', line: table.lines[row] as number, message })
  }
  checkIds(source, table, problems)
}

function checkIds(source: FileSource, table: Table, problems: ProblemList): void {
  if (source.id === undefined) return
  const firstLine = new Map<string, number>()
  for (const [row, id] of (table.cells.get(source.id) ?? []).entries()) {
    const line = table.lines[row] as number
    const first = firstLine.get(id)
    if (first === undefined) firstLine.set(id, line)
    else {
      const message = `The id "${id}" was there in line ${first} already; ids are unique.`
      problems.add({ code: 'DATA_ID_REPEATED', line, message })
    }
  }
}

/** What the labels of a file are checked by. */
export interface LabelsToCheck {
  readonly source: FileSource
  readonly table: Table
  readonly tasks: readonly Task[]
  readonly labels: ReadonlyMap<string, Int32Array>
}

/** Adds DATA_CLASS_UNKNOWN, DATA_CLASS_RARE, DATA_ONE_CLASS to `problems`. */
export function checkClasses(data: LabelsToCheck, problems: ProblemList): void {
  for (const task of data.tasks) {
    checkKnown(data, task, problems)
    checkRare(data, task, problems)
  }
}

/** A label that is there, but not among the configured classes. */
function checkKnown({ source, table, labels }: LabelsToCheck, task: Task, problems: ProblemList): void {
  const names = table.cells.get(source.tasks[task.name] as string) ?? []
  const labels_N = labels.get(task.name) as Int32Array
  for (const [row, label] of names.entries()) {
    if (label === '' || labels_N[row] !== -1) continue
    const message = `"${label}" is no class of ${task.name}. Configured: ${task.classes.join(', ')}.`
    const [fix] = nearest(label, task.classes)
    problems.add({ code: 'DATA_CLASS_UNKNOWN', line: table.lines[row] as number, message, fix })
  }
}

function checkRare({ table, labels }: LabelsToCheck, task: Task, problems: ProblemList): void {
  const labels_N = labels.get(task.name) as Int32Array
  if (task.classes.length < 2) {
    const message = `Task ${task.name} has ${counted(task.classes.length, 'class', 'classes')}; two are needed to tell apart.`
    problems.add({ code: 'DATA_ONE_CLASS', message })
    return
  }
  const counts_C = new Int32Array(task.classes.length)
  for (const label of labels_N) if (label >= 0) counts_C[label] = (counts_C[label] as number) + 1
  for (const [index, name] of task.classes.entries()) {
    const rows = counts_C[index] as number
    if (rows > 1) continue
    const line = table.lines[labels_N.indexOf(index)]
    const message = `Class ${name} of ${task.name} has ${counted(rows, 'row')}; it takes one to learn from and one to judge by.`
    const [fix] = nearest(
      name,
      task.classes.filter((other) => other !== name),
    )
    problems.add({ code: 'DATA_CLASS_RARE', ...(line === undefined ? {} : { line }), message, fix })
  }
}

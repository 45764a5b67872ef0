import { statSync } from 'node:fs'
import { ProblemsError, placeOf, SweepError } from '../../base/errors.ts'
import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { SettingProblem } from '../specific-values.ts'
import { missingColumns } from './check-data.ts'
import { loadTexts } from './load-texts.ts'
import { quickstartTasks } from './quickstart-tasks.ts'
import { readHeader } from './read-table.ts'

/** What is known of the data before it is read. `complete`: all class names are known too. */
export type KnownTasks = { tasks: readonly Task[]; complete: boolean } | { problems: SettingProblem[] }

/** Files up to this size are read in a moment, so that a bad row is found before anything starts. */
const READ_WHOLE_BYTES = 16 << 20

/** Of a large file only the head is looked at, so that a sweep file is checked at once however large the data is. */
export function knownTasks(data: DataSource): KnownTasks {
  if (data === 'quickstart') return { tasks: quickstartTasks, complete: true }
  try {
    const columns = readHeader(data)
    const missing = columns === undefined ? [] : missingColumns(data, columns)
    if (missing.length > 0) return { problems: missing }
    if (statSync(data.file).size <= READ_WHOLE_BYTES) return { tasks: tasksInFile(data), complete: true }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { problems: problemsOf(error) }
  }
  const tasks = Object.keys(data.tasks).map((name) => ({ name, classes: data.classes?.[name] ?? [] }))
  return { tasks, complete: tasks.every(({ classes }) => classes.length > 0) }
}

const known = new Map<string, readonly Task[] | SweepError>()

/** Called for every value that a search space lists, so what was found is kept while the file stays as it is. */
function tasksInFile(data: Exclude<DataSource, string>): readonly Task[] {
  const { size, mtimeMs } = statSync(data.file)
  const key = JSON.stringify([data, size, mtimeMs])
  const found = known.get(key) ?? tasksOrError(data)
  known.set(key, found)
  if (found instanceof SweepError) throw found
  return found
}

function tasksOrError(data: DataSource): readonly Task[] | SweepError {
  try {
    return loadTexts(data).tasks
  } catch (error) {
    if (error instanceof SweepError) return error
    throw error
  }
}

function problemsOf(error: SweepError): SettingProblem[] {
  if (!(error instanceof ProblemsError)) return [{ path: 'data.file', message: sentence(error.message) }]
  return error.problems.map((problem) => ({
    path: 'data.file',
    message: `${placeOf(problem)}: ${problem.message}`,
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
  }))
}

/** Whoever checks says himself what was not done. */
function sentence(text: string): string {
  return text.replace(/ Nothing was trained\.$/, '')
}

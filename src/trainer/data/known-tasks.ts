import { statSync } from 'node:fs'
import { ProblemsError, placeOf, SweepError } from '../../base/errors.ts'
import { bytes } from '../../base/human-readable.ts'
import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { SettingProblem } from '../specific-values.ts'
import { missingColumns } from './check-data.ts'
import type { LabelledTexts } from './labelled-texts.ts'
import { loadTexts } from './load-texts.ts'
import { quickstartTasks } from './quickstart-tasks.ts'
import { readHeader } from './read-table.ts'

/** What is known of the data before it is read. `complete`: all class names are known too. */
export type KnownTasks =
  | {
      readonly tasks: readonly Task[]
      readonly complete: boolean
      /** What the person should know of the data, as far as they were read. */
      readonly notes: readonly string[]
    }
  | { readonly problems: readonly SettingProblem[] }

/** Files up to this size are read in a moment, so that a bad row is found before anything starts. */
const READ_WHOLE_BYTES = 32 << 20

/** Of a large file only the head is looked at, so that a sweep file is checked at once however large the data is. */
export function knownTasks(data: DataSource): KnownTasks {
  if (data === 'quickstart') return { tasks: quickstartTasks, complete: true, notes: [] }
  try {
    const columns = readHeader(data)
    const missing = columns === undefined ? [] : missingColumns(data, columns)
    if (missing.length > 0) return { problems: missing }
    if (statSync(data.file).size <= READ_WHOLE_BYTES) return { ...readOnce(data), complete: true }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { problems: problemsOf(error) }
  }
  const tasks = Object.keys(data.tasks).map((name) => ({ name, classes: data.classes?.[name] ?? [] }))
  const limit = bytes(READ_WHOLE_BYTES)
  const note = `${data.file} is larger than ${limit}: its rows are checked when the first trial starts.`
  return { tasks, complete: tasks.every(({ classes }) => classes.length > 0), notes: [note] }
}

type Found = Pick<LabelledTexts, 'tasks' | 'notes'>

const known = new Map<string, Found | SweepError>()

/** Called for every value that a search space lists, so what was found is kept while the file stays as it is. */
function readOnce(data: Exclude<DataSource, string>): Found {
  const { size, mtimeMs } = statSync(data.file)
  const key = JSON.stringify([data, size, mtimeMs])
  const found = known.get(key) ?? foundOrError(data)
  known.set(key, found)
  if (found instanceof SweepError) throw found
  return found
}

function foundOrError(data: DataSource): Found | SweepError {
  try {
    // Only what is needed: the texts themselves are not kept.
    const { tasks, notes } = loadTexts(data)
    return { tasks, notes }
  } catch (error) {
    if (error instanceof SweepError) return error
    throw error
  }
}

function problemsOf(error: SweepError): SettingProblem[] {
  if (!(error instanceof ProblemsError)) return [asProblem(error)]
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

function asProblem({ message, suggestions }: SweepError): SettingProblem {
  const fix = suggestions.join(' ')
  return { path: 'data.file', message: sentence(message), ...(fix === '' ? {} : { fix }) }
}

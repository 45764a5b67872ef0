import { SweepError } from '../../base/errors.ts'
import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { SettingProblem } from '../specific-values.ts'
import { missingColumns } from './check-data.ts'
import { readHeader } from './read-table.ts'

/** Tasks of the quickstart data, see quickstart.ts. */
export const quickstartTasks: readonly Task[] = [
  { name: 'sentiment', classes: ['negative', 'positive'] },
  { name: 'venue', classes: ['amazon', 'imdb', 'yelp'] },
]

/** What is known of the data before it is read. `complete`: all class names are known too. */
export type KnownTasks = { tasks: readonly Task[]; complete: boolean } | { problems: SettingProblem[] }

/** Looks at the head of the file only, so that a sweep file is checked at once however large the data is. */
export function knownTasks(data: DataSource): KnownTasks {
  if (data === 'quickstart') return { tasks: quickstartTasks, complete: true }
  try {
    const columns = readHeader(data.file)
    const missing = columns === undefined ? [] : missingColumns(data, columns)
    if (missing.length > 0) return { problems: missing }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { problems: [{ path: 'data.file', message: error.message }] }
  }
  const tasks = Object.keys(data.tasks).map((name) => ({ name, classes: data.classes?.[name] ?? [] }))
  return { tasks, complete: tasks.every(({ classes }) => classes.length > 0) }
}

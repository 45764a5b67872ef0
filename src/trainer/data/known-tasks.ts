import type { Task } from '../dataset.ts'
import type { DataSource } from '../settings-schema.ts'
import type { SettingProblem } from '../specific-values.ts'

/** Tasks of the quickstart data, see quickstart.ts. */
export const quickstartTasks: readonly Task[] = [
  { name: 'sentiment', classes: ['negative', 'positive'] },
  { name: 'venue', classes: ['amazon', 'imdb', 'yelp'] },
]

/** What is known of the data before it is read. `complete`: all class names are known too. */
export type KnownTasks = { tasks: readonly Task[]; complete: boolean } | { problems: SettingProblem[] }

export function knownTasks(data: DataSource): KnownTasks {
  if (data === 'quickstart') return { tasks: quickstartTasks, complete: true }
  const tasks = Object.keys(data.tasks).map((name) => ({ name, classes: data.classes?.[name] ?? [] }))
  return { tasks, complete: tasks.every(({ classes }) => classes.length > 0) }
}

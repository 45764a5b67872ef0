import { nearest } from '../base/nearest.ts'
import { readItems } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, Place } from './located.ts'
import { entryOf } from './located.ts'
import { goalOf } from './read-goals.ts'

/** What the built-in trainer reports on the sweep's data. */
export interface KnownMetrics {
  readonly metrics: readonly string[]
  isMinimized(metric: string): boolean
}

/**
 * Refuses metrics that no trial of the built-in trainer reports: nothing could be ranked or judged in the morning. And
 * a ranking that would recommend the worst trial, because nobody said which way the metric is better.
 */
export function checkMetrics(sweep: LocatedMap, known: KnownMetrics, findings: Findings): void {
  const { metrics } = known
  for (const metric of readItems(entryOf(sweep, 'metrics') ?? entryOf(sweep, 'metric'))) {
    const name = metric.kind === 'map' ? entryOf(metric, 'name') : undefined
    if (metric.kind !== 'map' || name?.kind !== 'scalar' || typeof name.value !== 'string') continue
    check(name.value, name.place, { metrics, findings })
    if (metrics.includes(name.value)) checkGoal(metric, name.value, { known, findings })
  }
  const named = (node: Located | undefined) => (node?.kind === 'map' ? node.entries : [])
  for (const { key, keyPlace } of [...named(entryOf(sweep, 'targets')), ...named(entryOf(sweep, 'limits'))]) {
    check(key, keyPlace, { metrics, findings })
  }
}

function checkGoal(
  metric: LocatedMap,
  name: string,
  { known, findings }: { readonly known: KnownMetrics; readonly findings: Findings },
): void {
  const better = known.isMinimized(name) ? 'minimize' : 'maximize'
  const goal = entryOf(metric, 'goal')
  if (goal === undefined && better === 'maximize') {
    const message = `metric has no goal, which means minimize, as in W&B; but more of ${name} is better.`
    findings.problem({
      code: 'GOAL_MISSING',
      at: metric.place,
      message,
      fix: `metric: { name: ${name}, goal: maximize }`,
    })
  } else if (goal?.kind === 'scalar' && goalOf(goal.value) !== better) {
    findings.note(
      goal.place,
      `goal: ${goal.value} ranks the worst ${name} first; ${better} it, unless you look for it.`,
    )
  }
  if (!name.startsWith('test/')) return
  const text = `${name} is measured on the test rows: what is chosen by it looks better there than it is.`
  findings.note(metric.place, `${text} Rank by ${name.replace('test/', 'val/')}.`)
}

function check(
  name: string,
  at: Place,
  { metrics, findings }: { readonly metrics: readonly string[]; readonly findings: Findings },
): void {
  if (metrics.includes(name)) return
  const [close] = nearest(name, metrics)
  const message = `${name} is no metric of the text classifier on this data. Known: ${metrics.join(', ')}.`
  findings.problem({ code: 'METRIC_UNKNOWN', at, message, fix: close })
}

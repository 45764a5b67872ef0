import { nearest } from '../base/nearest.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, Place } from './located.ts'
import { entryOf } from './located.ts'

/** Refuses metrics that no trial of the built-in trainer reports: nothing could be ranked or judged in the morning. */
export function checkMetrics(sweep: LocatedMap, metrics: readonly string[], findings: Findings): void {
  const metric = entryOf(sweep, 'metric')
  const name = metric?.kind === 'map' ? entryOf(metric, 'name') : undefined
  if (name?.kind === 'scalar' && typeof name.value === 'string') check(name.value, name.place, { metrics, findings })
  const targets: Located | undefined = entryOf(sweep, 'targets')
  for (const { key, keyPlace } of targets?.kind === 'map' ? targets.entries : []) {
    check(key, keyPlace, { metrics, findings })
  }
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

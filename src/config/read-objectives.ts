import type { MetricLimit, ObjectiveSpec, StopRule, SweepSpec } from '../trial/sweep-spec.ts'
import { missingKey, readItems, readMap, readNumber, refuseOtherKeys } from './fields.ts'
import type { Findings } from './findings.ts'
import { entryOf, type Located, type LocatedMap } from './located.ts'
import { readMetric } from './read-goals.ts'

type Objectives = Pick<SweepSpec, 'metric' | 'objectives' | 'limits' | 'stop'>

/** What is optimised, within which limits, and when that is enough: `metric` or `metrics`, `limits` and `stop`. */
export function readObjectives(sweep: LocatedMap, findings: Findings): Objectives {
  const { metric, objectives } = readMetrics(sweep, findings)
  const limits = readLimits(entryOf(sweep, 'limits'), findings)
  const stop = readStop(entryOf(sweep, 'stop'), findings)
  for (const key of ['limits', 'stop']) {
    const at = sweep.entries.find((entry) => entry.key === key)?.keyPlace
    if (metric !== undefined || at === undefined) continue
    const message = `${key} says when a trial is good enough, but the file has no metric.`
    findings.problem({ code: 'KEY_MISSING', at, message, fix: 'metric: { name: ..., goal: ... }' })
  }
  return {
    ...(metric === undefined ? {} : { metric }),
    ...(objectives === undefined ? {} : { objectives }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(stop === undefined ? {} : { stop }),
  }
}

/** `metrics: [{ name, goal }, ...]`; the first is the main one, whose reports are kept and which pruners look at. */
function readMetrics(sweep: LocatedMap, findings: Findings): Pick<SweepSpec, 'metric' | 'objectives'> {
  const [one, several] = [entryOf(sweep, 'metric'), entryOf(sweep, 'metrics')]
  if (one !== undefined && several !== undefined) {
    const message = 'metric and metrics are both given; the first of metrics is the main one.'
    findings.problem({ code: 'KEYS_CONFLICT', at: several.place, message, fix: 'remove metric' })
  }
  const read = readItems(several ?? one).flatMap((item) => {
    const metric = readMetric(item, findings)
    return metric === undefined ? [] : [{ metric, at: item.place }]
  })
  for (const [i, { metric, at }] of read.entries()) {
    if (read.findIndex((other) => other.metric.name === metric.name) < i) {
      const message = `metrics names ${metric.name} twice; one of its goals would count for nothing.`
      findings.problem({ code: 'KEYS_CONFLICT', at, message, fix: 'remove one of the two' })
    }
    if (i > 0 && (metric.target !== undefined || metric.value !== 'last')) {
      findings.note(
        at,
        `target and value have an effect on the first of metrics only; of ${metric.name} the last value counts.`,
      )
    }
  }
  const [main] = read
  if (main === undefined) return {}
  const objectives = read.map(({ metric: { name, goal } }): ObjectiveSpec => ({ name, goal }))
  return { metric: main.metric, ...(objectives.length > 1 ? { objectives } : {}) }
}

/** `limits: { latency_ms: { max: 50 } }`. */
function readLimits(node: Located | undefined, findings: Findings): MetricLimit[] {
  return (readMap(node, findings)?.entries ?? []).flatMap(({ key, value }) => {
    const map = readMap(value, findings)
    if (map === undefined) return []
    refuseOtherKeys(map, ['min', 'max'], findings)
    const min = readNumber(entryOf(map, 'min'), findings)
    const max = readNumber(entryOf(map, 'max'), findings)
    if (min === undefined && max === undefined && map.entries.length === 0) missingKey(map, 'max', findings)
    if (min !== undefined && max !== undefined && min > max) {
      const message = `${map.place.path} has min ${min} above max ${max}, so nothing could keep to it.`
      findings.problem({ code: 'VALUE_RANGE', at: map.place, message, fix: `{ min: ${max}, max: ${min} }` })
    }
    return [{ name: key, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }]
  })
}

/** `stop: { expected_improvement: 0.002 }`. */
function readStop(node: Located | undefined, findings: Findings): StopRule | undefined {
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, ['expected_improvement', 'expectedImprovement'], findings)
  const given = entryOf(map, 'expected_improvement') ?? entryOf(map, 'expectedImprovement')
  if (given === undefined) {
    missingKey(map, 'expected_improvement', findings)
    return undefined
  }
  const expectedImprovement = readNumber(given, findings, { min: 0 })
  if (expectedImprovement === 0) {
    const message = `${given.place.path} is 0: there is always a little to be hoped for, so it would never stop.`
    findings.problem({ code: 'VALUE_RANGE', at: given.place, message })
  }
  return expectedImprovement === undefined ? undefined : { expectedImprovement }
}

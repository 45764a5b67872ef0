import { figure } from '../base/human-readable.ts'
import type { History } from './history.ts'
import type { MetricLimit, ObjectiveSpec, SweepSpec } from './sweep-spec.ts'
import type { Trial } from './trial.ts'

/** What of a sweep says what is good. */
export type Wishes = Pick<SweepSpec, 'metric' | 'objectives' | 'limits'>

/** A limit that a configuration does not keep to. */
export interface Breach {
  readonly name: string
  /** Mean over its finished seeds; undefined = it was never measured. */
  readonly value: number | undefined
  /** How far beyond the limit, in the metric's unit; infinite when it was not measured. */
  readonly by: number
  /** `latency_ms 61.2 is above 50`. */
  readonly words: string
}

/** All objectives, the sweep's metric first; empty when nothing is ranked. */
export function objectivesOf({ metric, objectives }: Wishes): readonly ObjectiveSpec[] {
  if (objectives !== undefined && objectives.length > 0) return objectives
  return metric === undefined ? [] : [{ name: metric.name, goal: metric.goal }]
}

/** A finished trial's value of one objective; the first is the sweep's metric, whose value is the one it is ranked by. */
export function objectiveValue(trial: Pick<Trial, 'value' | 'metrics'>, name: string, first: boolean) {
  return first ? trial.value : trial.metrics[name]
}

/** Mean of a metric over trials; undefined when one of them did not report it. */
export function meanOfAll(trials: readonly Trial[], valueIn: (trial: Trial) => number | undefined): number | undefined {
  let sum = 0
  for (const trial of trials) {
    const value = valueIn(trial)
    if (value === undefined) return undefined
    sum += value
  }
  return trials.length === 0 ? undefined : sum / trials.length
}

/**
 * Which limits a configuration's finished trials break, by their means. A limit on what was not measured is broken:
 * nobody can say that it is kept.
 */
export function breachesOf(trials: readonly Trial[], limits: readonly MetricLimit[] = []): Breach[] {
  if (trials.length === 0) return []
  return limits.flatMap((limit): Breach[] => {
    const value = meanOfAll(trials, ({ metrics }) => metrics[limit.name])
    const { name, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limit
    if (value === undefined || Number.isNaN(value)) {
      const by = Number.POSITIVE_INFINITY
      return [{ name, value: undefined, by, words: `${name} was not measured` }]
    }
    if (value > max)
      return [{ name, value, by: value - max, words: `${name} ${figure(value)} is above ${figure(max)}` }]
    if (value < min)
      return [{ name, value, by: min - value, words: `${name} ${figure(value)} is below ${figure(min)}` }]
    return []
  })
}

/** Completed trials with a value, by configuration. */
export function finishedByConfiguration({ configurations, trials }: Pick<History, 'configurations' | 'trials'>) {
  const lists: Trial[][] = configurations.map(() => [])
  for (const trial of trials) {
    if (trial.state === 'completed' && trial.value !== undefined) lists[trial.configuration]?.push(trial)
  }
  return lists
}

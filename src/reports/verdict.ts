import { meanOf, summarize } from '../statistics/summary.ts'
import type { Target } from '../trial/sweep-spec.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'

const LEVELS = ['minimum', 'good', 'excellent'] as const
export type Level = (typeof LEVELS)[number]

/** One target of the sweep file against what the winner measured. */
export interface Verdict {
  readonly metric: string
  readonly target: Target
  /** Mean over the winner's seeds; undefined when no such metric was reported. */
  readonly value: number | undefined
  /** The highest level reached; undefined when even the lowest one is missed. */
  readonly reached: Level | undefined
  readonly higherIsBetter: boolean
}

/** Levels that the target names, lowest demand first. */
export function levelsOf(target: Target): { readonly level: Level; readonly value: number }[] {
  return LEVELS.flatMap((level) => {
    const value = target[level]
    return value === undefined ? [] : [{ level, value }]
  })
}

/** Mean of a metric over trials; undefined when none of them reported it. */
export function meanMetric(trials: readonly Trial[], metric: string): number | undefined {
  const values = valuesOf(trials, metric)
  return values.length === 0 ? undefined : meanOf(values)
}

export function spreadOfMetric(trials: readonly Trial[], metric: string): number {
  return summarize(valuesOf(trials, metric)).sd
}

function valuesOf(trials: readonly Trial[], metric: string): number[] {
  return trials.flatMap((trial) => trial.metrics[metric] ?? [])
}

/** Levels that fall mean that less is more; a single level follows the sweep's goal if it is the sweep's metric. */
function higherIsBetter(snapshot: SweepSnapshot, metric: string, target: Target): boolean {
  const values = levelsOf(target).map(({ value }) => value)
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0]
  if (first !== last) return last > first
  return snapshot.spec.metric?.name === metric ? snapshot.spec.metric.goal === 'maximize' : true
}

export function judgeTargets(snapshot: SweepSnapshot, winnerTrials: readonly Trial[]): Verdict[] {
  return Object.entries(snapshot.spec.targets).map(([metric, target]) => {
    const value = meanMetric(winnerTrials, metric)
    const up = higherIsBetter(snapshot, metric, target)
    const met = levelsOf(target).filter((l) => value !== undefined && (up ? value >= l.value : value <= l.value))
    return { metric, target, value, reached: met.at(-1)?.level, higherIsBetter: up }
  })
}

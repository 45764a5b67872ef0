import type { Goal, MetricSpec } from './sweep-spec.ts'
import type { Trial } from './trial.ts'

/**
 * The value that a finished trial is ranked by: what its `result` event says, otherwise its last or best report.
 *
 * @param result metrics of the trial's `result` event, when it sent one
 * @returns undefined when the metric was never reported: the trial has failed, whatever its exit code
 */
export function finalValue(
  metric: MetricSpec,
  curve: Trial['curve'],
  result: Readonly<Record<string, number>> = {},
): number | undefined {
  if (Object.hasOwn(result, metric.name)) return result[metric.name]
  if (metric.value === 'last') return curve.at(-1)?.[1]
  return bestOf(
    curve.map(([, value]) => value),
    metric.goal,
  )
}

/** NaN is never the best unless there is nothing else; undefined for an empty list. */
export function bestOf(values: readonly number[], goal: Goal): number | undefined {
  let best: number | undefined
  for (const value of values) if (best === undefined || isBetter(value, best, goal)) best = value
  return best
}

/** Whether `a` is strictly better than `b`. NaN is worse than everything and not better than itself. */
export function isBetter(a: number, b: number, goal: Goal): boolean {
  if (Number.isNaN(a)) return false
  if (Number.isNaN(b)) return true
  return goal === 'minimize' ? a < b : a > b
}

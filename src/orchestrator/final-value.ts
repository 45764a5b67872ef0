import type { Goal, MetricSpec } from '../trial/sweep-spec.ts'
import type { Trial } from '../trial/trial.ts'
import type { TrialReports } from './trial-reports.ts'

/**
 * The metric's value that ranks a trial: the `result` event's, or else the last or the best report, as the sweep says.
 *
 * @returns undefined when it was never reported; NaN when that is what was reported
 */
export function finalValue(
  metric: MetricSpec,
  { result }: Pick<TrialReports, 'result'>,
  { curve }: Pick<Trial, 'curve'>,
): number | undefined {
  const said = result[metric.name]
  if (said !== undefined) return said
  const values = curve.map(([, value]) => value)
  return metric.value === 'best' ? bestOf(values, metric.goal) : values.at(-1)
}

/** NaN never wins; it is the answer only when there is nothing else. */
function bestOf(values: readonly number[], goal: Goal): number | undefined {
  const numbers = values.filter((value) => !Number.isNaN(value))
  if (numbers.length === 0) return values.at(-1)
  return numbers.reduce((a, b) => ((goal === 'maximize' ? b > a : b < a) ? b : a))
}

/** Last value of every metric; the `result` event's wins, and what only an earlier attempt said stays. */
export function finalMetrics(
  { last, result }: Pick<TrialReports, 'last' | 'result'>,
  trial: Pick<Trial, 'metrics'> | undefined,
): Readonly<Record<string, number>> {
  return { ...trial?.metrics, ...last, ...result }
}

import { type Axes, type Point, pointOf } from '../space/axes.ts'
import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { mixtureOf } from './tpe-mixture.ts'

/** Logarithm of the probability that a settled point does not fail; at most 0. */
export type Feasibility = (point: Point) => number

/** More of either kind change the densities by less than their noise; the youngest are kept. */
const MOST = 300

/**
 * Where trials end well, from where they failed so far. For acquisitions to be weighed by: a failure says nothing of
 * values, but a region where all run out of memory is not worth another trial. Failures by chance are as frequent
 * everywhere, and so change no order for long.
 *
 * @returns undefined while nothing has failed
 * @source Bayes' rule on two Parzen estimators, in the spirit of Watanabe and Hutter, "c-TPE: tree-structured Parzen
 * estimator with inequality constraints for expensive hyperparameter optimization" (2023)
 */
export function feasibilityOf(axes: Axes, history: History): Feasibility | undefined {
  const { failed, ended } = outcomesOf(axes, history)
  if (failed.length === 0) return undefined
  const [bad, good] = [mixtureOf(axes, failed.slice(-MOST)), mixtureOf(axes, ended.slice(-MOST))]
  // One of each is assumed before the first is seen.
  const logOdds = Math.log((failed.length + 1) / (ended.length + 1))
  return (point) => -softplus(logOdds + bad.logDensity(point) - good.logDensity(point))
}

/** Configurations that failed with every seed they had, and those that ended otherwise with one. */
export function outcomesOf(axes: Axes, history: History): { failed: Point[]; ended: Point[] } {
  const failed: Point[] = []
  const ended: Point[] = []
  // Nothing else is read where nothing failed, as usual.
  if (!history.trials.some(({ state }) => state === 'failed')) return { failed, ended }
  for (const { number, params } of history.configurations) {
    const states = history.trialsOf(number).map((trial) => (history.trials[trial] as Trial).state)
    const isWell = states.some((state) => state === 'completed' || state === 'pruned')
    if (!isWell && !states.includes('failed')) continue
    const point = pointOf(axes, params)
    if (point !== undefined) (isWell ? ended : failed).push(point)
  }
  return { failed, ended }
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

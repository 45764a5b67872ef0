import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { Goal } from '../trial/sweep-spec.ts'
import type { Pruner, Verdict } from './pruner.ts'

const CONTINUE: Verdict = { action: 'continue' }

/**
 * Stops a trial that has not got better for `reports` reports.
 *
 * It judges a trial by its own curve only, so it needs no other trials. A NaN report is a report that is not better.
 */
export const patience = entry({
  summary: 'Stops a trial that has not got better for some reports.',
  options: z.object({
    /** Reports without an improvement after which a trial is stopped. */
    reports: z.int().min(1).default(5),
    /** An improvement is more than this, in units of the metric. */
    minDelta: z.number().min(0).default(0),
    /** Reports that are never judged; improvements among them count. */
    warmup: z.int().min(0).default(0),
  }),
  create: ({ reports, minDelta, warmup }): Pruner => ({
    judge({ curve }, { goal }) {
      const best = lastImprovement(
        curve.map(([, value]) => value),
        goal,
        minDelta,
      )
      const waited = curve.length - 1 - best
      if (curve.length <= warmup || waited < reports) return CONTINUE
      return { action: 'stop', reason: `No improvement in its last ${waited} reports (patience is ${reports}).` }
    },
  }),
})

/** @returns place of the last value that was better than all before it by more than `minDelta`; 0 when none was. */
function lastImprovement(values: readonly number[], goal: Goal, minDelta: number): number {
  const sign = goal === 'maximize' ? 1 : -1
  let best = Number.NEGATIVE_INFINITY
  let place = 0
  values.forEach((value, i) => {
    if (sign * value > best + minDelta) {
      best = sign * value
      place = i
    }
  })
  return place
}

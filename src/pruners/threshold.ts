import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { Pruner, Verdict } from './pruner.ts'

const CONTINUE: Verdict = { action: 'continue' }

/**
 * Stops a trial whose newest report lies outside fixed bounds, or is not a number.
 *
 * The bounds are on the value itself, so they mean the same for `minimize` and `maximize`. NaN and infinities stop the
 * trial from the report `warmup + 1` on: what has diverged does not come back.
 */
export const threshold = entry({
  summary: 'Stops a trial whose metric leaves fixed bounds or becomes NaN.',
  options: z.object({
    /** Smallest value that goes on. */
    lower: z.number().optional(),
    /** Largest value that goes on. */
    upper: z.number().optional(),
    /** Reports that are never judged. */
    warmup: z.int().min(0).default(0),
  }),
  create: ({ lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY, warmup }): Pruner => ({
    judge({ curve }) {
      const newest = curve.at(-1)
      if (newest === undefined || curve.length <= warmup) return CONTINUE
      const [step, value] = newest
      if (!Number.isFinite(value)) return { action: 'stop', reason: `It reported ${value} at step ${step}.` }
      if (value < lower) return { action: 'stop', reason: `${value} at step ${step} is below ${lower}.` }
      if (value > upper) return { action: 'stop', reason: `${value} at step ${step} is above ${upper}.` }
      return CONTINUE
    },
  }),
})

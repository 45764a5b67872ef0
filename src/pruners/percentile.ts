import { z } from 'zod'
import { figure } from '../base/human-readable.ts'
import { entry } from '../base/registry.ts'
import type { History } from '../trial/history.ts'
import type { Goal } from '../trial/sweep-spec.ts'
import type { Trial } from '../trial/trial.ts'
import { completedOf } from './completed.ts'
import type { Pruner, Verdict } from './pruner.ts'
import { badness, type Rung, rungOf } from './rung.ts'
import { isControl, trustAt, trustWords } from './trust.ts'

const CONTINUE: Verdict = { action: 'continue' }

/** What median and percentile have in common. */
export const quantileOptions = {
  /** Completed trials without which nothing is judged. */
  startup: z.int().min(1).default(5),
  /** Steps up to which nothing is judged. */
  warmup: z.number().min(0).default(0),
  /** Let more go on where early order has not predicted late order so far. */
  trust: z.boolean().default(true),
}

/** Options as read. */
export interface QuantileOptions {
  readonly startup: number
  readonly warmup: number
  readonly trust: boolean
  /** Per cent of the completed trials that are good enough, counted from the best. */
  readonly percentile: number
}

/**
 * Stops a trial whose best value so far is worse than a percentile of what completed trials had at the same step.
 *
 * NaN reports are worse than everything: a trial with nothing else is stopped as soon as the percentile is a number.
 * Only completed trials are compared with: those that were stopped would pull the percentile up from step to step.
 *
 * @source Golovin et al., "Google Vizier" (KDD 2017), 3.2.2, as Optuna has it: values at the step instead of running means
 */
export const percentile = entry({
  summary: 'Stops a trial that is worse than a percentile of the completed ones at the same step.',
  options: z.object({
    ...quantileOptions,
    /** Per cent of the completed trials that are good enough, counted from the best. */
    percentile: z.number().gt(0).lt(100).default(25),
  }),
  create: quantilePruner,
})

/** Both pruners; see {@link percentile}. */
export function quantilePruner({ startup, warmup, trust: trusting, percentile: wanted }: QuantileOptions): Pruner {
  return {
    judge(trial, history) {
      const step = trial.curve.at(-1)?.[0]
      if (step === undefined || step <= warmup) return CONTINUE
      const { numbers, longest } = completedOf(history)
      if (numbers.length < startup || step >= longest || (trusting && isControl(trial))) return CONTINUE
      const rung = rungOf(history, { step, group: 'completed', states: 'completed' })
      if (rung.size < startup) return CONTINUE
      // Most verdicts end here: trust is only asked before a trial is stopped.
      if (!isBelow(trial, rung, { percent: wanted, goal: history.goal })) return CONTINUE
      const trust = trusting ? trustAt(history, step) : undefined
      const percent = trust === undefined ? wanted : Math.max(wanted, 100 * trust.share)
      if (percent >= 100 || !isBelow(trial, rung, { percent, goal: history.goal })) return CONTINUE
      const why = trust === undefined ? '' : trustWords(trust)
      const cut = shown(quantileOf(rung, percent), history)
      const reason = `Its best value up to step ${figure(step)} is ${shown(bestOf(trial, history.goal), history)}, worse than ${cut}, which ${Math.round(percent)} % of ${rung.size} completed trials had.${why}`
      return { action: 'stop', reason }
    },
  }
}

const shown = (bad: number, { goal }: History) => figure(goal === 'minimize' ? bad : -bad)

function isBelow(
  trial: Trial,
  rung: Rung,
  { percent, goal }: { readonly percent: number; readonly goal: Goal },
): boolean {
  return bestOf(trial, goal) > quantileOf(rung, percent)
}

function bestOf({ curve }: Trial, goal: Goal): number {
  let best = Number.POSITIVE_INFINITY
  for (const [, value] of curve) best = Math.min(best, badness(value, goal))
  return best
}

/** Linear between neighbours, as numpy's default. */
function quantileOf(rung: Rung, percent: number): number {
  const at = ((rung.size - 1) * percent) / 100
  const low = rung.badAt(Math.floor(at)) as number
  const high = rung.badAt(Math.ceil(at)) as number
  return low === high ? low : low + (high - low) * (at - Math.floor(at))
}

import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { bracketPruner } from './brackets.ts'
import type { Pruner } from './pruner.ts'

/** What the pruners with rungs have in common. */
export const rungOptions = {
  /** Step of the first rung. */
  min: z.number().positive().default(1),
  /** Step at which a trial ends; rungs lie below it. Absent: below the longest completed trial. */
  max: z.number().positive().optional(),
  /** One in so many goes on at each rung, and the next rung is so many times as far. */
  eta: z.number().gt(1).max(100).default(3),
  /** What becomes of the others: `pause` keeps their checkpoints, and they go on if their place becomes good enough. */
  others: z.enum(['stop', 'pause']).default('stop'),
  /** Let more (or fewer) go on by how well early order has predicted late order so far. */
  trust: z.boolean().default(true),
}

/**
 * Asynchronous successive halving: of the trials known at a rung the best 1 / eta go on, and never nobody. Nothing
 * waits for a rung to fill up.
 *
 * The value of a rung is the first report at its step or later. NaN is worse than everything; of equal values the trial
 * created first goes on. Failed and cancelled trials are not counted. Departures from the paper: a trial that is not
 * among the best is stopped at once (as in Syne Tune and Optuna) unless `others: pause`; `trust` (see trust.ts) changes
 * the share; the best one goes on also among fewer than eta.
 *
 * @source Li et al., "A system for massively parallel hyperparameter tuning" (MLSys 2020), algorithm 2
 */
export const asha = entry({
  summary: 'Lets the best third go on at steps 1, 3, 9 and so on; more where early order does not predict late order.',
  options: z.object({
    ...rungOptions,
    /** Groups of configurations whose first rungs are 1, 2 ... rungs later. */
    brackets: z.int().min(1).max(10).default(1),
  }),
  create: ({ brackets, ...rungs }): Pruner => bracketPruner(rungs, brackets),
})

import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { rungOptions } from './asha.ts'
import { bracketPruner } from './brackets.ts'
import type { Pruner } from './pruner.ts'

/** Brackets where `max` is not known: those of 81 steps with eta 3 are five, and the later ones hold few trials. */
const UNKNOWN = 4

/**
 * Several brackets of successive halving, from one that judges at the first rung to one that hardly judges: a hedge
 * against early order that misleads.
 *
 * It is asynchronous: no bracket waits for another, and each is halved as in asha.ts, which tells how NaN, ties and
 * failed trials are taken. With `trust`, brackets and trust hedge the same risk; the brackets cost more.
 *
 * @source Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization" (JMLR 2018)
 */
export const hyperband = entry({
  summary: 'Runs several brackets of successive halving that begin to judge at steps 1, 3, 9 and so on.',
  options: z.object(rungOptions),
  create: (options): Pruner => {
    const { min, max, eta } = options
    // The last bracket is judged at no rung at all, as in the paper.
    const all = max === undefined ? UNKNOWN : 1 + Math.floor(Math.log(Math.max(1, max / min)) / Math.log(eta) + 1e-9)
    return bracketPruner(options, Math.min(10, all))
  },
})

import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { completedOf } from './completed.ts'
import type { Pruner, Verdict } from './pruner.ts'
import { badness } from './rung.ts'
import { signedRankP } from './signed-rank.ts'

const CONTINUE: Verdict = { action: 'continue' }
/** Each look waits for half as many steps again. */
const LOOKS_GROW = 1.5

/**
 * Stops a trial that is worse than the best configuration, step by step: for trainers whose steps are folds, seeds or
 * data sets, each reported by itself, where early steps are no preview of late ones but further samples.
 *
 * The best configuration has the best mean of its completed trials' values; its values at a step are averaged over
 * them. Looks are taken when `startup`, 1.5 x, 2.25 x ... steps are shared; look k may err with alpha / (k (k + 1)),
 * which sum to alpha, so that looking often does not make a false stop likelier (Bonferroni; Optuna's pruner takes every
 * look at full alpha). NaN on one side is worse than any number and counts as the largest difference; on both sides it
 * is no difference. `startup` below 5 cannot stop anything at alpha 0.1: five differences have 32 sign patterns.
 *
 * @source Wilcoxon 1945 (signed-rank.ts)
 */
export const wilcoxon = entry({
  summary: 'Stops a trial that is worse than the best configuration over folds or seeds, by a signed-rank test.',
  options: z.object({
    /** Chance that a trial no worse than the best is stopped, over all looks together. */
    alpha: z.number().gt(0).lt(0.5).default(0.1),
    /** Shared steps at the first look. */
    startup: z.int().min(2).default(6),
  }),
  create: ({ alpha, startup }): Pruner => ({
    judge(trial, history) {
      if (trial.curve.length < startup) return CONTINUE
      const best = bestOthers(trial, history)
      if (best.length === 0) return CONTINUE
      const differences = differencesOf(trial, best, history)
      const look = lookAt(differences.length, startup)
      if (look === undefined) return CONTINUE
      const p = signedRankP(differences)
      const level = alpha / (look * (look + 1))
      if (p > level) return CONTINUE
      const reason = `It is worse than configuration ${best[0]?.configuration} over ${differences.length} steps (signed-rank p = ${p.toPrecision(2)}, look ${look}, stopped at ${level.toPrecision(2)} or less).`
      return { action: 'stop', reason }
    },
  }),
})

/** @returns number of the look that falls on this many shared steps, 1 for the first; undefined = none does */
function lookAt(shared: number, startup: number): number | undefined {
  for (let look = 1, steps = startup; steps <= shared; look++, steps *= LOOKS_GROW) {
    if (Math.ceil(steps) === shared) return look
  }
  return undefined
}

/** Completed trials of the configuration with the best mean; none when it is the trial's own. */
function bestOthers(trial: Trial, history: History): Trial[] {
  const byConfiguration = new Map<number, Trial[]>()
  for (const number of completedOf(history).numbers) {
    const other = history.trials[number] as Trial
    const same = byConfiguration.get(other.configuration)
    if (same === undefined) byConfiguration.set(other.configuration, [other])
    else same.push(other)
  }
  let best: Trial[] = []
  let least = Number.POSITIVE_INFINITY
  for (const same of byConfiguration.values()) {
    const sum = same.reduce((total, { value = Number.NaN }) => total + badness(value, history.goal), 0)
    if (sum / same.length < least) {
      least = sum / same.length
      best = same
    }
  }
  return best[0]?.configuration === trial.configuration ? [] : best
}

/** One a step that both have; positive = the trial is worse. */
function differencesOf(trial: Trial, best: readonly Trial[], { goal }: History): number[] {
  const theirs = new Map<number, number[]>()
  for (const { curve } of best) {
    for (const [step, value] of curve) {
      const there = theirs.get(step)
      if (there === undefined) theirs.set(step, [badness(value, goal)])
      else there.push(badness(value, goal))
    }
  }
  // The last report of a step counts.
  const own = new Map(trial.curve.map(([step, value]) => [step, badness(value, goal)]))
  return [...own].flatMap(([step, bad]) => {
    const there = theirs.get(step)
    if (there === undefined) return []
    const mean = there.reduce((sum, it) => sum + it, 0) / there.length
    return [bad === mean ? 0 : bad - mean]
  })
}

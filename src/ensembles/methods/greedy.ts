// Key: N rows, C classes, M members.
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { inOrder, macroF1Of, predictionsOf, weightedMean } from '../arithmetic.ts'
import type { EnsembleMethod, FittedEnsemble, Member } from '../ensemble.ts'

/**
 * Adds, again and again, the member that helps validation most; one may be added several times, and so gets weight.
 *
 * @source Caruana et al., "Ensemble selection from libraries of models" (ICML 2004), section 2: selection with
 *   replacement, begun with the best members (2.2)
 */
export const greedy = entry({
  summary: 'Greedy selection with replacement: adds the member that helps validation most, again and again.',
  options: z.object({
    /** How many times a member is added. */
    rounds: z.number().int().min(1).max(1000).default(20),
    /** With how many of the best members it begins, so that it does not run into a corner early. */
    start: z.number().int().min(1).default(2),
  }),
  create: ({ rounds, start }): EnsembleMethod => ({
    fit: (members, tasks): FittedEnsemble => {
      const weights = Object.fromEntries(tasks.map((task) => [task, select(members, task, { rounds, start })]))
      return { weights, combine: (on, task) => weightedMean(on, task, weights[task] as number[]) }
    },
  }),
})

/** @returns M weights, each the share of the additions that the member got */
function select(members: readonly Member[], task: string, options: { rounds: number; start: number }): number[] {
  const { labels, classes } = predictionsOf(members[0] as Member, task)
  const C = classes.length
  const judge = (p_NC: ArrayLike<number>) => macroF1Of(p_NC, labels, C)
  const ordered = inOrder(members)
  const alone = ordered.map((member) => judge(predictionsOf(member, task).probabilities))
  const best = ordered.map((_, m) => m).sort((a, b) => (alone[b] as number) - (alone[a] as number) || a - b)
  const times_M = new Array<number>(ordered.length).fill(0)
  const sum_NC = new Float64Array(labels.length * C)
  const add = (m: number, into_NC = sum_NC) => {
    const p_NC = predictionsOf(ordered[m] as Member, task).probabilities
    for (let i = 0; i < into_NC.length; i++) into_NC[i] = (into_NC[i] as number) + (p_NC[i] as number)
    return into_NC
  }
  const take = (m: number) => {
    times_M[m] = (times_M[m] as number) + 1
    add(m)
  }
  // Dividing the sum by the count changes no argmax, so sums are compared.
  for (const m of best.slice(0, options.start)) take(m)
  let [kept_M, highest] = [[...times_M], judge(sum_NC)]
  for (let round = options.start; round < options.rounds; round++) {
    const values = ordered.map((_, m) => judge(add(m, sum_NC.slice())))
    take(values.indexOf(Math.max(...values)))
    const value = Math.max(...values)
    if (value > highest) [kept_M, highest] = [[...times_M], value]
  }
  const total = kept_M.reduce((sum, times) => sum + times, 0)
  return members.map((member) => (kept_M[ordered.indexOf(member)] as number) / total)
}

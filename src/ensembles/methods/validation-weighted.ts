// Key: M members.
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { macroF1Of, predictionsOf, weightedMean } from '../arithmetic.ts'
import type { EnsembleMethod, FittedEnsemble } from '../ensemble.ts'

/** Better members count more, by task: a seed that is good at one task may be poor at another. */
export const validationWeighted = entry({
  summary: 'Averages with weights that grow with the validation macro-F1 of each member in each task.',
  options: z.object({
    /** A member this much (macro-F1) below the best has 1/e of its weight. */
    temperature: z.number().gt(0).default(0.02),
  }),
  create: ({ temperature }): EnsembleMethod => ({
    fit: (members, tasks): FittedEnsemble => {
      const weights = Object.fromEntries(
        tasks.map((task) => {
          const values = members.map((member) => {
            const { probabilities, labels, classes } = predictionsOf(member, task)
            return macroF1Of(probabilities, labels, classes.length)
          })
          return [task, softmax(values.map((value) => value / temperature))]
        }),
      )
      return { weights, combine: (on, task) => weightedMean(on, task, weights[task] as number[]) }
    },
  }),
})

function softmax(values_M: readonly number[]): number[] {
  const highest = Math.max(...values_M)
  const powers = values_M.map((value) => Math.exp(value - highest))
  // Summed from the smallest, so that the order of the members cannot change the sum.
  const sum = [...powers].sort((a, b) => a - b).reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

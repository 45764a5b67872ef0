import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { weightedMean } from '../arithmetic.ts'
import type { EnsembleMethod, FittedEnsemble } from '../ensemble.ts'

/** Every member counts the same. Learns nothing, so it cannot overfit: the one to beat. */
export const mean = entry({
  summary: 'Averages the probabilities of all members.',
  options: z.object({}),
  create: (): EnsembleMethod => ({
    fit: (members, tasks): FittedEnsemble => {
      const weights = members.map(() => 1 / members.length)
      return {
        weights: Object.fromEntries(tasks.map((task) => [task, weights])),
        combine: (on, task) => weightedMean(on, task, weights),
      }
    },
  }),
})

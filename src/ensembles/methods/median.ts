// Key: M members.
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { medianOf } from '../../statistics/combine.ts'
import { probabilitiesOf } from '../arithmetic.ts'
import type { EnsembleMethod, FittedEnsemble, Member } from '../ensemble.ts'

/** A member that has gone astray cannot pull the others along, however sure of itself it is. */
export const median = entry({
  summary: 'Takes the median of the probabilities of each class, and makes them sum to 1 again.',
  options: z.object({}),
  create: (): EnsembleMethod => ({ fit: (): FittedEnsemble => ({ combine: combined }) }),
})

function combined(members: readonly Member[], task: string): Float32Array {
  const classes = members[0]?.predictions.get(task)?.classes.length ?? 1
  return medianOf(
    members.map((member) => probabilitiesOf(member, task)),
    classes,
  )
}

// Key: N rows, C classes, M members.
import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import { probabilitiesOf } from '../arithmetic.ts'
import type { EnsembleMethod, FittedEnsemble, Member } from '../ensemble.ts'

/** A member that has gone astray cannot pull the others along, however sure of itself it is. */
export const median = entry({
  summary: 'Takes the median of the probabilities of each class, and makes them sum to 1 again.',
  options: z.object({}),
  create: (): EnsembleMethod => ({ fit: (): FittedEnsemble => ({ combine: medianOf }) }),
})

function medianOf(members: readonly Member[], task: string): Float32Array {
  const parts = members.map((member) => probabilitiesOf(member, task))
  const C = members[0]?.predictions.get(task)?.classes.length ?? 1
  const middle_NC = Float32Array.from({ length: parts[0]?.length ?? 0 }, (_, i) =>
    middle(parts.map((p_NC) => p_NC[i] as number)),
  )
  for (let start = 0; start < middle_NC.length; start += C) {
    const row_C = middle_NC.subarray(start, start + C)
    const sum = row_C.reduce((total, p) => total + p, 0)
    // All medians are 0 when each member is sure of another class; then nothing is known.
    for (let c = 0; c < C; c++) row_C[c] = sum > 0 ? (row_C[c] as number) / sum : 1 / C
  }
  return middle_NC
}

function middle(values_M: number[]): number {
  values_M.sort((a, b) => a - b)
  const half = values_M.length >> 1
  const upper = values_M[half] as number
  return values_M.length % 2 === 1 ? upper : (upper + (values_M[half - 1] as number)) / 2
}

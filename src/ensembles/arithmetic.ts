// Key: N rows, C classes, M members.
import type { TaskPredictions } from '../protocol/predictions.ts'
import { argmaxRows, confusion, macroF1 } from '../statistics/classification.ts'
import { weightedMeanOf } from '../statistics/combine.ts'
import type { Member } from './ensemble.ts'

/** Members in an order that does not depend on how they were handed in: sums of floats do depend on it. */
export function inOrder(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => a.trial - b.trial)
}

/** @returns N x C probabilities of one member */
export function probabilitiesOf(member: Member, task: string): Float32Array {
  return predictionsOf(member, task).probabilities
}

export function predictionsOf(member: Member, task: string): TaskPredictions {
  const predictions = member.predictions.get(task)
  if (!predictions) throw new RangeError(`trial ${member.trial} has no predictions for ${task}`)
  return predictions
}

/**
 * Weighted mean of the members' probabilities.
 *
 * @param weights_M in the members' order, summing to 1
 * @returns N x C, rows summing to 1
 */
export function weightedMean(members: readonly Member[], task: string, weights_M: readonly number[]): Float32Array {
  const parts = members.map((member, m) => ({ trial: member.trial, weight: weights_M[m] as number, member }))
  parts.sort((a, b) => a.trial - b.trial)
  if (parts.length === 0) throw new RangeError('no members to average')
  return weightedMeanOf(
    parts.map(({ member }) => probabilitiesOf(member, task)),
    parts.map(({ weight }) => weight),
  )
}

/** Macro-F1 of probabilities, in [0, 1]; rows without a label are left out. */
export function macroF1Of(probabilities_NC: ArrayLike<number>, labels_N: Int32Array, classes: number): number {
  return macroF1(confusion(labels_N, argmaxRows(probabilities_NC, classes), classes), classes)
}

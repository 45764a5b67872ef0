import type { TaskPredictions } from '../protocol/predictions.ts'

/** One trial's predictions on the rows that a method may learn from, by task. Key: N rows, C classes of the task. */
export interface Member {
  readonly trial: number
  /** The trial's validation metric, larger is better (already turned around for `minimize`). */
  readonly value: number
  readonly predictions: ReadonlyMap<string, TaskPredictions>
}

/**
 * Combines members. Pure and seedless: the same members give the same answer.
 *
 * `fit` sees only the rows it is given (folds of validation); `combine` applies what was fitted to other rows.
 */
export interface EnsembleMethod {
  /** @returns plain JSON, written to ensemble.json: weights by trial, or nothing to learn. */
  fit(members: readonly Member[], tasks: readonly string[]): FittedEnsemble
}

/** What a method has learned, ready for rows that it has not seen. */
export interface FittedEnsemble {
  /** By task: one weight a member, in the members' order; each list sums to 1. Undefined = not a weighted mean. */
  readonly weights?: Readonly<Record<string, readonly number[]>>
  /** @returns N x C probabilities, rows summing to 1. */
  combine(members: readonly Member[], task: string): Float32Array
}

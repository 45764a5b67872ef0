// Key: B rows of the batch, D features, H hidden width.
import { type HeadShape, parametersOf, sizeOf } from './parameters.ts'

const BYTES = 4
/** A weight, its two running means, its gradient, and either its successor or the sum of several batches' gradients. */
const COPIES = 5
/** Of what a layer gives, how many tensors of that size live at once: six on the way there, two on the way back. */
const ON_BOTH_WAYS = 8

/**
 * Bytes that the heads' tensors take at most in a training step, weights and optimizer included.
 *
 * @param rows B; those shown twice count twice
 */
export function headsMemory(heads: readonly HeadShape[], rows: number, averaged: boolean): number {
  const numbers = heads.flatMap(parametersOf).reduce((sum, it) => sum + sizeOf(it), 0) * (COPIES + (averaged ? 1 : 0))
  // A cascade is two heads.
  const layers = heads.reduce((sum, it) => sum + it.layers * it.hidden * (it.cascade === undefined ? 1 : 2), 0)
  const features = heads.reduce((widest, { width }) => Math.max(widest, width), 0)
  return BYTES * (numbers + rows * (ON_BOTH_WAYS * layers + 2 * features))
}

/** Bytes of a finished epoch on this side of the engine: weights, two running means, the best weights, a checkpoint. */
export function keptMemory(heads: readonly HeadShape[]): number {
  const numbers = heads.flatMap(parametersOf).reduce((sum, it) => sum + sizeOf(it), 0)
  return BYTES * numbers * 8
}

import { add, mul, type Tensor, tidy } from '../engine/tf.ts'

/**
 * The decay of one step: smaller at first, so that the weights of the start are soon forgotten.
 *
 * @param steps optimizer steps done before, 0 at first
 * @source tf.train.ExponentialMovingAverage with `num_updates`: min(decay, (1 + n) / (10 + n))
 */
export const decayAt = (steps: number, decay: number): number => Math.min(decay, (1 + steps) / (10 + steps))

/** Disposes the old average; the new one is the caller's. */
export function moved(average: Tensor, weight: Tensor, decay: number): Tensor {
  const next = tidy(() => add(mul(average, decay), mul(weight, 1 - decay)))
  average.dispose()
  return next
}

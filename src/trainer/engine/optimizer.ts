import type { Tensor } from './tf.ts'

/** Shares of the running means that stay in a step. */
export const [BETA1, BETA2] = [0.9, 0.999]

/** One parameter and what the optimizer remembers of its gradients. */
export interface Slot {
  readonly weight: Tensor
  /** m: running mean of the gradients. */
  readonly first: Tensor
  /** v: running mean of their squares. */
  readonly second: Tensor
}

export interface OptimizerStep {
  readonly learningRate: number
  /** Share of the weight that is taken away, per unit of learning rate. 0 for biases. */
  readonly weightDecay: number
  /** Keeps the division finite; larger than the root of v, it makes the step proportional to the gradient. */
  readonly epsilon: number
  /** 1 for the first. */
  readonly step: number
  /** What the gradient is multiplied by before anything else: clipping. */
  readonly gradientFactor: number
}

/**
 * One parameter's update: `adamW` of `training/adamw.ts` in plain operations, or an engine's own in one pass, which
 * gives the same numbers up to rounding.
 *
 * The slot and its tensors are used up by it; those of the returned slot are the caller's, and so the gradient stays.
 * The running means may be written over. A weight may not: copies of it share its values.
 */
export type Optimizer = (slot: Slot, gradient: Tensor, at: OptimizerStep) => Slot

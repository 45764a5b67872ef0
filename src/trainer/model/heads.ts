// Key: B rows of the batch, D features, H hidden width, C classes of the head.
import { add, mul, relu, type Tensor, type Tensor2D, tensor2d } from '../engine/tf.ts'
import { denseBatch, type FeatureBatch } from './body.ts'
import type { HeadShape, Weights } from './parameters.ts'

/** Gives the factors for as many values as a layer has. Absent when nothing is to be dropped. */
export type Dropout = (size: number) => Float32Array

function dense(x: FeatureBatch, weights: Weights, name: string): Tensor2D {
  // Not the fused product: with a bias it is wrong on this engine for transposed operands (docs/dependencies.md).
  return add(x.times(weights.get(`${name}.weight`) as Tensor2D), weights.get(`${name}.bias`) as Tensor)
}

/**
 * One head from features to logits: (dense, ReLU, dropout) `layers` times, then dense.
 * Call it inside `tidy`: what lies between is disposed there.
 *
 * @returns B x C
 */
export function logitsOf(head: HeadShape, weights: Weights, input: { x: FeatureBatch; dropout?: Dropout }): Tensor2D {
  let { x } = input
  for (let layer = 0; layer < head.layers; layer++) {
    const y_BH = relu(dense(x, weights, `${head.task}.hidden.${layer}`))
    x = denseBatch(input.dropout ? mul(y_BH, tensor2d(input.dropout(y_BH.size), y_BH.shape)) : y_BH)
  }
  return dense(x, weights, `${head.task}.output`)
}

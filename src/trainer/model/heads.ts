// Key: B rows of the batch, D features, H hidden width, C classes of the head.
import { add, mul, type Tensor, type Tensor2D, tensor2d } from '../engine/tf.ts'
import { activations } from './activations.ts'
import { denseBatch, type FeatureBatch } from './body.ts'
import { composed } from './cascade.ts'
import { layerNorm } from './encoder/operations.ts'
import { cascadeHeads, type HeadShape, type Weights } from './parameters.ts'

/** Gives the factors for as many values as a layer has. Absent when nothing is to be dropped. */
export type Dropout = (size: number) => Float32Array

function dense(x: FeatureBatch, weights: Weights, name: string): Tensor2D {
  // Not the fused product: with a bias it is wrong on this engine for transposed operands (docs/dependencies.md).
  return add(x.times(weights.get(`${name}.weight`) as Tensor2D), weights.get(`${name}.bias`) as Tensor)
}

function normalized(x_BH: Tensor2D, weights: Weights, name: string): Tensor2D {
  const [scale, shift] = ['scale', 'shift'].map((part) => weights.get(`${name}.${part}`) as Tensor)
  return layerNorm(x_BH, scale as Tensor, shift as Tensor, NORM_EPSILON)
}

/** As in PyTorch. */
const NORM_EPSILON = 1e-5

/**
 * One head from features to logits: (dense, perhaps layer normalization, activation, dropout) `layers` times, then
 * dense; for a cascade two such heads, put together. Call it inside `tidy`: what lies between is disposed there.
 *
 * @returns B x C
 */
export function logitsOf(head: HeadShape, weights: Weights, input: { x: FeatureBatch; dropout?: Dropout }): Tensor2D {
  if (head.cascade !== undefined) {
    const { gate, rest } = cascadeHeads(head)
    return composed(logitsOf(gate, weights, input), logitsOf(rest, weights, input), head.cascade)
  }
  let { x } = input
  const { apply } = activations[head.activation]
  for (let layer = 0; layer < head.layers; layer++) {
    const z_BH = dense(x, weights, `${head.task}.hidden.${layer}`)
    const y_BH = apply(head.layerNorm ? normalized(z_BH, weights, `${head.task}.norm.${layer}`) : z_BH) as Tensor2D
    x = denseBatch(input.dropout ? mul(y_BH, tensor2d(input.dropout(y_BH.size), y_BH.shape)) : y_BH)
  }
  return dense(x, weights, `${head.task}.output`)
}

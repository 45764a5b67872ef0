// Key: B rows of the batch, D features, H hidden width, C classes of the head.
import { add, matMul, mul, relu, type Tensor, type Tensor2D, tensor2d } from '../engine/tf.ts'
import type { HeadShape } from './parameters.ts'

/** Tensors by parameter name. Whoever made the map disposes them. */
export type Weights = ReadonlyMap<string, Tensor>

/** Gives the factors for as many values as a layer has. Absent when nothing is to be dropped. */
export type Dropout = (size: number) => Float32Array

function dense(x_BI: Tensor2D, weights: Weights, name: string): Tensor2D {
  const weight_IO = weights.get(`${name}.weight`) as Tensor2D
  // Not the fused product: with a bias it is wrong on this engine for transposed operands (docs/dependencies.md).
  return add(matMul(x_BI, weight_IO), weights.get(`${name}.bias`) as Tensor)
}

/**
 * One head from features to logits: (dense, ReLU, dropout) `layers` times, then dense.
 * Call it inside `tidy`: what lies between is disposed there.
 *
 * @returns B x C
 */
export function logitsOf(head: HeadShape, weights: Weights, input: { x_BD: Tensor2D; dropout?: Dropout }): Tensor2D {
  let x_BH = input.x_BD
  for (let layer = 0; layer < head.layers; layer++) {
    x_BH = relu(dense(x_BH, weights, `${head.task}.hidden.${layer}`))
    if (input.dropout) x_BH = mul(x_BH, tensor2d(input.dropout(x_BH.size), x_BH.shape))
  }
  return dense(x_BH, weights, `${head.task}.output`)
}

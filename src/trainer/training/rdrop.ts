// Key: B rows of the batch, C classes.
import { exp, logSoftmax, mul, type Scalar, slice, sub, sum, type Tensor2D, tensor2d } from '../engine/tf.ts'

/**
 * How far two predictions of the same rows are apart:  sum over rows of  weight (KL(p || q) + KL(q || p)) / 2.
 * Call it inside `tidy`.
 *
 * @param logits_2BC the rows with one dropout mask, then the same rows with another
 * @param weight_B
 * @source Liang et al. 2021, "R-Drop: regularized dropout for neural networks", eq. 2
 */
export function divergence(logits_2BC: Tensor2D, weight_B: Float32Array): Scalar {
  const B = weight_B.length
  const logP_BC = logSoftmax(slice(logits_2BC, [0, 0], [B, -1]))
  const logQ_BC = logSoftmax(slice(logits_2BC, [B, 0], [B, -1]))
  // KL(p || q) + KL(q || p) = sum (p - q) (ln p - ln q)
  const both_BC = mul(sub(exp(logP_BC), exp(logQ_BC)), sub(logP_BC, logQ_BC))
  return mul(sum(mul(both_BC, tensor2d(weight_B, [B, 1]))), 0.5) as Scalar
}

/** An array behind itself. */
export function doubled(rows_B: Int32Array): Int32Array {
  const rows_2B = new Int32Array(2 * rows_B.length)
  rows_2B.set(rows_B)
  rows_2B.set(rows_B, rows_B.length)
  return rows_2B
}

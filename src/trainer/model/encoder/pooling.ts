// Key: B texts, S tokens each, M = B x S, E width of a token's vector.
import { add, matMul, mul, type Tensor2D, tensor2d } from '../../engine/tf.ts'
import { lookUp } from './operations.ts'
import type { TokenBatch } from './token-batch.ts'

/** How the vectors of a text's tokens become one. Special tokens count like others, padding does not. */
type Pool = (states: readonly Tensor2D[], batch: TokenBatch) => Tensor2D

const last = (states: readonly Tensor2D[]) => states.at(-1) as Tensor2D

export const poolers = {
  /** The first token's vector in the last layer's output. */
  cls: (states, { rows, length }) =>
    lookUp(
      last(states),
      Int32Array.from({ length: rows }, (_, b) => b * length),
    ),
  /** Mean over the tokens of the last layer's output. */
  mean: (states, batch) => tokenMean(last(states), batch),
  /** Mean over the tokens of the mean of the last four layers' outputs; of fewer where there are fewer layers. */
  last4_mean: (states, batch) => {
    const outputs = states.slice(1).slice(-4)
    const sum_ME = outputs.reduce((a, b) => add(a, b))
    return mul(tokenMean(sum_ME, batch), 1 / outputs.length)
  },
} as const satisfies Record<string, Pool>

/** A product with each text's shares of its tokens: 1 / their number, 0 for padding. @returns B x E */
function tokenMean(x_ME: Tensor2D, { rows, length, mask_BS, lengths_B }: TokenBatch): Tensor2D {
  const shares_BM = new Float32Array(rows * rows * length)
  for (let b = 0; b < rows; b++) {
    const own = mask_BS.subarray(b * length, (b + 1) * length)
    for (let s = 0; s < length; s++) {
      shares_BM[(b * rows + b) * length + s] = (own[s] as number) / (lengths_B[b] as number)
    }
  }
  return matMul(tensor2d(shares_BM, [rows, rows * length]), x_ME)
}

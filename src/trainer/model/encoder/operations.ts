// Key: M tokens of the batch (B x S), I inputs, O outputs, E width of a token's vector.
// Gradients in closed form: through the single operations the engine keeps every step between for the way back, and
// sums down a matrix in a scalar loop. Each is tidied, because the library keeps what a gradient leaves behind until the
// whole way back is done.
import {
  add,
  customGrad,
  erf,
  exp,
  gather,
  matMul,
  mean,
  mul,
  ones,
  relu,
  reshape,
  rsqrt,
  scatterND,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
  tensor1d,
  tensor2d,
  tidy,
} from '../../engine/tf.ts'
import type { Architecture } from './architecture.ts'

/** What a `customGrad` function gets behind its operands: keeps tensors until the way back. */
type Save = (tensors: Tensor[]) => void

/** Sums the rows as a product with a row of ones. @returns O */
function columnSums(x_MO: Tensor2D): Tensor1D {
  const [rows, columns] = x_MO.shape
  return reshape(matMul(ones([1, rows]) as Tensor2D, x_MO), [columns])
}

/** x W + b. @returns M x O */
export function dense(x_MI: Tensor2D, weight_IO: Tensor, bias_O: Tensor): Tensor2D {
  const layer = customGrad((...given) => {
    const [x, weight, bias, save] = given as unknown as [Tensor2D, Tensor2D, Tensor1D, Save]
    save([x, weight])
    return {
      value: add(matMul(x, weight), bias),
      gradFunc: (dy_MO: Tensor, saved: Tensor[]) => {
        const [x, weight] = saved as [Tensor2D, Tensor2D]
        const dy = dy_MO as Tensor2D
        return tidy(() => [matMul(dy, weight, false, true), matMul(x, dy, true, false), columnSums(dy)])
      },
    }
  })
  return layer(x_MI, weight_IO, bias_O) as Tensor2D
}

/**
 * Each row moved to mean 0 and scaled to variance 1, then scaled and moved as learned. @returns M x E
 *
 * @source Ba, Kiros and Hinton 2016, "Layer normalization", eq. 4
 */
export function layerNorm(x_ME: Tensor2D, scale_E: Tensor, shift_E: Tensor, epsilon: number): Tensor2D {
  const norm = customGrad((...given) => {
    const [x, scale, shift, save] = given as unknown as [Tensor2D, Tensor1D, Tensor1D, Save]
    const centred_ME = sub(x, rowMean(x))
    const inverse_M1 = rsqrt(add(rowMean(square(centred_ME)), epsilon))
    const normal_ME = mul(centred_ME, inverse_M1)
    save([normal_ME, inverse_M1, scale])
    return {
      value: add(mul(normal_ME, scale), shift),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tidy(() => layerNormSlopes(dy, saved)),
    }
  })
  return norm(x_ME, scale_E, shift_E) as Tensor2D
}

const rowMean = (x: Tensor) => mean(x, -1, true)

function layerNormSlopes(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [normal_ME, inverse_M1, scale_E] = saved as [Tensor2D, Tensor, Tensor]
  const slope_ME = mul(dy, scale_E)
  const alongNormal_ME = mul(normal_ME, rowMean(mul(slope_ME, normal_ME)))
  const dx_ME = mul(inverse_M1, sub(sub(slope_ME, rowMean(slope_ME)), alongNormal_ME))
  return [dx_ME, columnSums(mul(dy, normal_ME) as Tensor2D), columnSums(dy as Tensor2D)]
}

/** Rows of a table; the gradients of rows that are looked up several times add up. @returns M x E */
export function lookUp(table_VE: Tensor, ids_M: Int32Array): Tensor2D {
  const [rows, width] = table_VE.shape as [number, number]
  const looked = customGrad((table) => ({
    value: gather(table as Tensor, tensor1d(ids_M, 'int32')),
    gradFunc: (dy: Tensor) => tidy(() => scatterND(tensor2d(ids_M, [ids_M.length, 1], 'int32'), dy, [rows, width])),
  }))
  return looked(table_VE) as Tensor2D
}

/** A function of each value: the value times a share between 0 and 1, which its slope needs again. */
interface Bend {
  share(x: Tensor): Tensor
  slope(x: Tensor, share: Tensor): Tensor
}

const erfGelu: Bend = {
  share: (x) => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5),
  slope: (x, share) => add(share, mul(x, mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI)))),
}

const SCALE = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715

const tanhGelu: Bend = {
  share: (x) => mul(add(tanh(mul(mul(x, add(mul(square(x), CUBIC), 1)), SCALE)), 1), 0.5),
  slope: (x, share) => {
    const steepness = mul(add(mul(square(x), 3 * CUBIC), 1), 2 * SCALE)
    return add(share, mul(mul(x, steepness), mul(share, sub(1, share))))
  },
}

function bend(x: Tensor2D, { share, slope }: Bend): Tensor2D {
  const bent = customGrad((...given) => {
    const [x, save] = given as unknown as [Tensor, Save]
    const share_x = share(x)
    save([x, share_x])
    return {
      value: mul(x, share_x),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, share_x] = saved as [Tensor, Tensor]
        return tidy(() => mul(dy, slope(x, share_x)))
      },
    }
  })
  return bent(x) as Tensor2D
}

/** What stands between the two products of the feed-forward part. @source Hendrycks and Gimpel 2016, "GELUs" */
export const activations: Readonly<Record<Architecture['activation'], (x: Tensor2D) => Tensor2D>> = {
  gelu: (x) => bend(x, erfGelu),
  gelu_tanh: (x) => bend(x, tanhGelu),
  relu: (x) => relu(x),
}

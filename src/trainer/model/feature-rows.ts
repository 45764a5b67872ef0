// Key: N rows, B rows of a batch, D features, H outputs of the first layer.
import { readsAtOnce } from '../engine/reading.ts'
import { customGrad, type Tensor, type Tensor2D, tensor2d } from '../engine/tf.ts'
import { type Body, denseBatch, type FeatureBatch } from './body.ts'

/** Features of all rows that were computed beforehand: a body without parameters. */
export interface FeatureRows extends Body {
  readonly kind: 'sparse' | 'dense'
  batch(rows_B: Int32Array): FeatureBatch
}

/** Above this share of values that are not 0, the engine's product is faster than skipping the zeros here. */
const SPARSE_BELOW = 0.1

const countFilled = (values: Float32Array) => values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)

/**
 * Hashed n-grams are 0 nearly everywhere: skipping that makes a linear head several times faster. Features of a text
 * encoder are not.
 *
 * @param kind which way to compute, where it must be the same as elsewhere: the two differ in the last bits
 */
export function featureRows(features_ND: Float32Array, width: number, kind?: FeatureRows['kind']): FeatureRows {
  const filled = countFilled(features_ND)
  const chosen = kind ?? (filled < SPARSE_BELOW * features_ND.length ? 'sparse' : 'dense')
  return chosen === 'sparse' ? sparseRows(compressed(features_ND, { width, filled })) : denseRows(features_ND, width)
}

function denseRows(features_ND: Float32Array, width: number): FeatureRows {
  // Written over for each batch: the tensor owns a copy, and a new array a step costs more than a head's product.
  let scratch = new Float32Array(0)
  return {
    kind: 'dense',
    parameters: [],
    batch: (rows_B) => {
      const size = rows_B.length * width
      if (scratch.length < size) scratch = new Float32Array(size)
      for (const [b, row] of rows_B.entries()) {
        scratch.set(features_ND.subarray(row * width, (row + 1) * width), b * width)
      }
      return denseBatch(tensor2d(scratch.subarray(0, size), [rows_B.length, width]))
    },
  }
}

/** Only what is not 0, row after row. */
interface CompressedRows {
  readonly width: number
  /** N + 1: where each row starts in the other two. */
  readonly starts: Int32Array
  readonly columns: Int32Array
  readonly values: Float32Array
}

function compressed(features_ND: Float32Array, { width, filled }: { width: number; filled: number }): CompressedRows {
  const starts = new Int32Array(features_ND.length / width + 1)
  const columns = new Int32Array(filled)
  const values = new Float32Array(filled)
  let at = 0
  for (let n = 0; n + 1 < starts.length; n++) {
    for (let d = 0; d < width; d++) {
      const value = features_ND[n * width + d] as number
      if (value === 0) continue
      columns[at] = d
      values[at++] = value
    }
    starts[n + 1] = at
  }
  return { width, starts, columns, values }
}

function sparseRows(features: CompressedRows): FeatureRows {
  return {
    kind: 'sparse',
    parameters: [],
    // The sparse product is computed here, out of values that are read; where that cannot be done at once, the engine
    // multiplies with the zeros too.
    batch: (rows_B) => (readsAtOnce() ? sparseBatch(features, rows_B) : denseBatch(uncompressed(features, rows_B))),
  }
}

function sparseBatch(features: CompressedRows, rows_B: Int32Array): FeatureBatch {
  return {
    times: (weight_DH) => {
      const H = weight_DH.shape[1]
      const product = customGrad((weight) => ({
        value: tensor2d(gathered(features, rows_B, (weight as Tensor).dataSync()), [rows_B.length, H]),
        gradFunc: (dy: Tensor) => tensor2d(scattered(features, rows_B, dy.dataSync()), [features.width, H]),
      }))
      return product(weight_DH) as Tensor2D
    },
  }
}

/** @returns B x D, with its zeros */
function uncompressed({ starts, columns, values, width }: CompressedRows, rows_B: Int32Array): Tensor2D {
  const x_BD = new Float32Array(rows_B.length * width)
  for (const [b, row] of rows_B.entries()) {
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
      x_BD[b * width + (columns[i] as number)] = values[i] as number
    }
  }
  return tensor2d(x_BD, [rows_B.length, width])
}

/** @returns B x H: each row's sum of its features' weights */
function gathered(features: CompressedRows, rows_B: Int32Array, weight_DH: ArrayLike<number>): Float32Array {
  const { starts, columns, values, width } = features
  const H = weight_DH.length / width
  const sum_BH = new Float32Array(rows_B.length * H)
  for (let b = 0; b < rows_B.length; b++) {
    const row = rows_B[b] as number
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
      const value = values[i] as number
      const from = (columns[i] as number) * H
      for (let h = 0; h < H; h++) {
        sum_BH[b * H + h] = (sum_BH[b * H + h] as number) + value * (weight_DH[from + h] as number)
      }
    }
  }
  return sum_BH
}

/** @returns D x H: what each feature's weights are to change, summed over the batch */
function scattered(features: CompressedRows, rows_B: Int32Array, dy_BH: ArrayLike<number>): Float32Array {
  const { starts, columns, values, width } = features
  const H = dy_BH.length / rows_B.length
  const sum_DH = new Float32Array(width * H)
  for (let b = 0; b < rows_B.length; b++) {
    const row = rows_B[b] as number
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
      const value = values[i] as number
      const to = (columns[i] as number) * H
      for (let h = 0; h < H; h++) {
        sum_DH[to + h] = (sum_DH[to + h] as number) + value * (dy_BH[b * H + h] as number)
      }
    }
  }
  return sum_DH
}

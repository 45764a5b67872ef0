// Key: N rows, B rows of a batch, D features, F of them that are not 0, H outputs of the first layer.
import { readsAtOnce } from '../engine/reading.ts'
import { customGrad, type Tensor, type Tensor2D, tensor2d } from '../engine/tf.ts'
import {
  type DenseTable,
  type FeatureTable,
  rowCount,
  type SparseTable,
  writtenOut,
} from '../features/feature-table.ts'
import { type Body, denseBatch, type FeatureBatch } from './body.ts'

/** Features of all rows that were computed beforehand: a body without parameters. */
export interface FeatureRows extends Body {
  readonly kind: 'sparse' | 'dense'
  batch(rows_B: Int32Array): FeatureBatch
}

/** Above this share of values that are not 0, the engine's product is faster than skipping the zeros here. */
const SPARSE_BELOW = 0.1

/**
 * Hashed n-grams are 0 nearly everywhere: skipping that makes a linear head several times faster. Features of a text
 * encoder are not.
 *
 * @param kind which way to compute a sparse table, where it must be the same as elsewhere: the two differ in the last
 *   bits
 */
export function featureRows(table: FeatureTable, kind?: FeatureRows['kind']): FeatureRows {
  if (table.kind === 'dense') return denseRows(table)
  const isSparse = table.values_F.length < SPARSE_BELOW * rowCount(table) * table.width
  return sparseRows(table, kind ?? (isSparse ? 'sparse' : 'dense'))
}

function denseRows({ values_ND, width }: DenseTable): FeatureRows {
  // Written over for each batch: the tensor owns a copy, and a new array a step costs more than a head's product.
  let scratch = new Float32Array(0)
  return {
    kind: 'dense',
    parameters: [],
    batch: (rows_B) => {
      const size = rows_B.length * width
      if (scratch.length < size) scratch = new Float32Array(size)
      for (const [b, row] of rows_B.entries()) {
        scratch.set(values_ND.subarray(row * width, (row + 1) * width), b * width)
      }
      return denseBatch(tensor2d(scratch.subarray(0, size), [rows_B.length, width]))
    },
  }
}

function sparseRows(features: SparseTable, kind: FeatureRows['kind']): FeatureRows {
  return {
    kind,
    parameters: [],
    // The sparse product is computed here, out of values that are read; where that cannot be done at once, the engine
    // multiplies with the zeros too.
    batch: (rows_B) =>
      kind === 'sparse' && readsAtOnce()
        ? sparseBatch(features, rows_B)
        : denseBatch(tensor2d(writtenOut(features, rows_B), [rows_B.length, features.width])),
  }
}

function sparseBatch(features: SparseTable, rows_B: Int32Array): FeatureBatch {
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

/** @returns B x H: each row's sum of its features' weights */
function gathered(features: SparseTable, rows_B: Int32Array, weight_DH: ArrayLike<number>): Float32Array {
  const { starts, columns_F, values_F, width } = features
  const H = weight_DH.length / width
  const sum_BH = new Float32Array(rows_B.length * H)
  for (let b = 0; b < rows_B.length; b++) {
    const row = rows_B[b] as number
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
      const value = values_F[i] as number
      const from = (columns_F[i] as number) * H
      for (let h = 0; h < H; h++) {
        sum_BH[b * H + h] = (sum_BH[b * H + h] as number) + value * (weight_DH[from + h] as number)
      }
    }
  }
  return sum_BH
}

/** @returns D x H: what each feature's weights are to change, summed over the batch */
function scattered(features: SparseTable, rows_B: Int32Array, dy_BH: ArrayLike<number>): Float32Array {
  const { starts, columns_F, values_F, width } = features
  const H = dy_BH.length / rows_B.length
  const sum_DH = new Float32Array(width * H)
  for (let b = 0; b < rows_B.length; b++) {
    const row = rows_B[b] as number
    for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
      const value = values_F[i] as number
      const to = (columns_F[i] as number) * H
      for (let h = 0; h < H; h++) {
        sum_DH[to + h] = (sum_DH[to + h] as number) + value * (dy_BH[b * H + h] as number)
      }
    }
  }
  return sum_DH
}

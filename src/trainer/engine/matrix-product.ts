import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { BugError } from '../../base/errors.ts'
import type { OwnKernels } from './own-kernels.ts'
import { broadcastShape, getKernel, type KernelFunc, type NamedAttrMap, type TensorInfo } from './tf.ts'

/**
 * The matrix product, also of transposed and of batched operands. The stock kernel leaves XNNPACK for a scalar loop
 * there, which is every product of a backward pass and of attention: 1.5 to 2.3 instead of 28 GFLOP/s.
 */
export function matrixProduct({ multiply, addressOf, scratch }: OwnKernels): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo }
    const { transposeA, transposeB } = attrs as NamedAttrMap
    const [left, right] = [matrices(a, transposeA === true), matrices(b, transposeB === true)]
    if (left.columns !== right.rows || a.dtype !== 'float32' || b.dtype !== 'float32') {
      throw new BugError(`A product of ${a.dtype} ${described(left)} and ${b.dtype} ${described(right)} was asked for.`)
    }
    const outer = broadcastShape(left.outer, right.outer)
    const out = (backend as BackendWasm).makeOutput([...outer, left.rows, right.columns], 'float32')
    const [lefts, rights] = [numbersIn(left.outer, outer), numbersIn(right.outer, outer)]
    const [aBytes, bBytes, outBytes] = [sizeOf(left), sizeOf(right), 4 * left.rows * right.columns]
    const [aStart, bStart, start] = [addressOf(a), addressOf(b), addressOf(out)]
    for (let n = 0; n < lefts.length; n++) {
      multiply(
        aStart + (lefts[n] as number) * aBytes,
        left.rowStride,
        left.columnStride,
        bStart + (rights[n] as number) * bBytes,
        right.rowStride,
        right.columnStride,
        start + n * outBytes,
        left.rows,
        right.columns,
        left.columns,
        scratch,
      )
    }
    return out
  }
}

/** How one operand is read: as it is multiplied, transposed or not. */
interface Matrices {
  /** Sizes of the axes before the last two. */
  readonly outer: number[]
  readonly rows: number
  readonly columns: number
  /** Values from one row, or column, to the next. */
  readonly rowStride: number
  readonly columnStride: number
}

function matrices({ shape }: TensorInfo, transpose: boolean): Matrices {
  const outer = shape.slice(0, -2)
  const [rows, columns] = shape.slice(-2) as [number, number]
  return transpose
    ? { outer, rows: columns, columns: rows, rowStride: 1, columnStride: columns }
    : { outer, rows, columns, rowStride: columns, columnStride: 1 }
}

const sizeOf = ({ rows, columns }: Matrices) => 4 * rows * columns
const described = ({ outer, rows, columns }: Matrices) => [...outer, rows, columns].join(' x ')

/** For each matrix of the result the number of the operand's one; an axis of size 1 is used again and again. */
function numbersIn(outer: readonly number[], result: readonly number[]): number[] {
  let numbers = [0]
  for (const [axis, size] of result.entries()) {
    const own = outer[axis - result.length + outer.length] ?? 1
    numbers = numbers.flatMap((number) => Array.from({ length: size }, (_, i) => number * own + (own === 1 ? 0 : i)))
  }
  return numbers
}

/**
 * The product with bias and activation in one. The stock kernel adds the bias once for every 48 steps of the sum and
 * applies the activation to partial sums, where operands are transposed or batched; here the three are done in turn.
 */
export const fusedMatrixProduct: KernelFunc = ({ inputs, attrs, backend }) => {
  const { a, b, bias, preluActivationWeights } = inputs as Record<string, TensorInfo>
  const { transposeA, transposeB, activation, leakyreluAlpha } = attrs as NamedAttrMap
  const then = (name: string, given: Record<string, TensorInfo>, attributes: NamedAttrMap = {}) =>
    getKernel(name, 'wasm').kernelFunc({ inputs: given, attrs: attributes, backend }) as TensorInfo
  const instead = (x: TensorInfo, result: TensorInfo) => {
    ;(backend as BackendWasm).disposeData(x.dataId)
    return result
  }
  let x = then('BatchMatMul', { a, b } as Record<string, TensorInfo>, { transposeA, transposeB } as NamedAttrMap)
  if (bias) x = instead(x, then('Add', { a: x, b: bias }))
  switch (activation) {
    case 'relu':
      return instead(x, then('Relu', { x }))
    case 'relu6':
      return instead(x, then('Relu6', { x }))
    case 'elu':
      return instead(x, then('Elu', { x }))
    case 'sigmoid':
      return instead(x, then('Sigmoid', { x }))
    case 'leakyrelu':
      return instead(x, then('LeakyRelu', { x }, { alpha: leakyreluAlpha as number }))
    case 'prelu':
      return instead(x, then('Prelu', { x, alpha: preluActivationWeights as TensorInfo }))
    case 'linear':
    case undefined:
      return x
    default:
      throw new BugError(`A fused product with the activation ${String(activation)} was asked for.`)
  }
}

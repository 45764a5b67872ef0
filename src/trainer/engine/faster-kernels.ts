import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { fusedMatrixProduct, matrixProduct } from './matrix-product.ts'
import type { OwnKernels } from './own-kernels.ts'
import {
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  parseAxes,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from './tf.ts'

/** Takes the place of a stock kernel for as long as the process lives. */
function replaceKernel(name: string, replacement: (stock: KernelFunc) => KernelFunc): void {
  const { kernelFunc } = getKernel(name, 'wasm')
  unregisterKernel(name, 'wasm')
  registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: replacement(kernelFunc) })
}

/**
 * A copy that shares its values, as in the library's other backends; tensors never change. The stock kernel copies
 * them, and autodiff copies every operand that it keeps for the way back: a batch of features several times a step.
 */
const shareValues: KernelFunc = ({ inputs, backend }) => {
  const { x } = inputs as { x: TensorInfo }
  ;(backend as BackendWasm).incRef(x.dataId)
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
}

/** The sum over leading axes, a bias's gradient, row by row; the stock kernel transposes all of it first. */
const sumOfRows =
  ({ columnSums, addressOf }: OwnKernels) =>
  (stock: KernelFunc): KernelFunc =>
  (given) => {
    const { x } = given.inputs as { x: TensorInfo }
    const { axis, keepDims } = given.attrs as NamedAttrMap
    const axes = parseAxes(axis as number | number[], x.shape)
    const areLeading = axes.length > 0 && axes.length < x.shape.length && axes.every((it, i) => it === i)
    if (!areLeading || x.dtype !== 'float32') return stock(given)
    const left = x.shape.slice(axes.length)
    const [rows, columns] = [x.shape.slice(0, axes.length), left].map((sizes) => sizes.reduce((a, b) => a * b, 1))
    const shape = keepDims === true ? [...axes.map(() => 1), ...left] : left
    const out = (given.backend as BackendWasm).makeOutput(shape, 'float32')
    columnSums(addressOf(x), rows as number, columns as number, addressOf(out))
    return out
  }

/** Rows of a table copied whole; the stock kernel works out the place of each number. */
const gatherRows =
  (stock: KernelFunc): KernelFunc =>
  (given) => {
    const { x, indices } = given.inputs as { x: TensorInfo; indices: TensorInfo }
    const { axis, batchDims } = given.attrs as { axis: number; batchDims?: number }
    if (axis !== 0 || (batchDims ?? 0) !== 0 || x.dtype !== 'float32' || indices.dtype !== 'int32') return stock(given)
    const backend = given.backend as BackendWasm
    const width = x.shape.slice(1).reduce((a, b) => a * b, 1)
    const out = backend.makeOutput([...indices.shape, ...x.shape.slice(1)], 'float32')
    // Views are taken after the output was made: making it may move the heap.
    const [from, ids, to] = [x, indices, out].map((tensor) => backend.typedArrayFromHeap(tensor))
    const [table, rows] = [from as Float32Array, to as Float32Array]
    ;(ids as Int32Array).forEach((id, i) => {
      if (id < 0 || id >= (x.shape[0] as number)) throw new RangeError(`row ${id} of a table of ${x.shape[0]} rows`)
      rows.set(table.subarray(id * width, (id + 1) * width), i * width)
    })
    return out
  }

/** The gradient of a gather, which the backend lacks. */
function segmentSum({ segmentSums, addressOf }: OwnKernels): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo }
    const { numSegments } = attrs as { numSegments: number }
    const [rows, ...rest] = x.shape as [number, ...number[]]
    const width = rest.reduce((a, b) => a * b, 1)
    const out = (backend as BackendWasm).makeOutput([numSegments, ...rest], 'float32')
    segmentSums(addressOf(x), addressOf(segmentIds), rows, width, numSegments, addressOf(out))
    return out
  }
}

/** To be called once, when the backend is there. */
export function installFasterKernels(own: OwnKernels): void {
  replaceKernel('BatchMatMul', () => matrixProduct(own))
  replaceKernel('_FusedMatMul', () => fusedMatrixProduct)
  replaceKernel('Sum', sumOfRows(own))
  replaceKernel('Identity', () => shareValues)
  replaceKernel('GatherV2', gatherRows)
  registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: segmentSum(own) })
}

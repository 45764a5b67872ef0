import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import {
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from './tf.ts'

type Arguments = Parameters<KernelFunc>[0]

const isMatrix = (x: TensorInfo) => x.shape.slice(0, -2).every((size) => size === 1)

/** Swaps the last two axes. The caller frees the result. */
function transposed(x: TensorInfo, { backend }: Arguments): TensorInfo {
  const last = x.shape.length - 1
  const perm = x.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis))
  return getKernel('Transpose', 'wasm').kernelFunc({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo
}

/**
 * Replaces the wasm matrix product for as long as the process lives.
 *
 * With `transposeA` or `transposeB`, which is every product of a backward pass, the stock kernel leaves XNNPACK for a
 * scalar loop: 1.5 instead of 28 GFLOP/s. Transposing first makes a training step four times faster. Batched products
 * stay as they are: correct, but slow.
 */
export function transposeBeforeProduct(): void {
  const stock = getKernel('BatchMatMul', 'wasm')
  unregisterKernel('BatchMatMul', 'wasm')
  registerKernel({
    ...stock,
    kernelFunc: (given) => {
      const { a, b } = given.inputs as { a: TensorInfo; b: TensorInfo }
      const { transposeA, transposeB } = given.attrs as NamedAttrMap
      if (!isMatrix(a) || !isMatrix(b)) return stock.kernelFunc(given)
      const left = transposeA ? transposed(a, given) : a
      const right = transposeB ? transposed(b, given) : b
      const attrs = { transposeA: false, transposeB: false }
      const product = stock.kernelFunc({ ...given, inputs: { a: left, b: right }, attrs })
      const backend = given.backend as BackendWasm
      if (left !== a) backend.disposeData(left.dataId)
      if (right !== b) backend.disposeData(right.dataId)
      return product
    },
  })
}

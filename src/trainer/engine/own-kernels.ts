import { existsSync, readFileSync } from 'node:fs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { BugError } from '../../base/errors.ts'
import type { TensorInfo } from './tf.ts'

/** Node's own; the declarations of Node 20 and of the language lack it. */
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** Bytes from the start of the backend's heap. */
type Address = number

/** What `kernels/` exports; it says there what each does. */
interface Exports {
  readonly SCRATCH: { readonly value: number }
  multiply(
    a: Address,
    aRowStride: number,
    aColumnStride: number,
    b: Address,
    bRowStride: number,
    bColumnStride: number,
    c: Address,
    rows: number,
    columns: number,
    depth: number,
    scratch: Address,
  ): void
  columnSums(x: Address, rows: number, columns: number, out: Address): void
  segmentSums(x: Address, ids: Address, rows: number, width: number, segments: number, out: Address): void
  squaredLength(values: Address, size: number): number
  adamW(
    weight: Address,
    gradient: Address,
    first: Address,
    second: Address,
    out: Address,
    size: number,
    gradientFactor: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    stepSize: number,
    correction: number,
    epsilon: number,
    kept: number,
  ): void
}

/** The parts of the backend that its declarations hide. Pinned to 4.22.0 for their sake. */
interface OpenBackend {
  readonly wasm: { readonly asm: { readonly memory: object }; _malloc(size: number): Address }
}

/** Our own code on the backend's heap, where its tensors are. */
export interface OwnKernels extends Exports {
  /** Room that {@link Exports.multiply} may write to. */
  readonly scratch: Address
  addressOf(tensor: TensorInfo): Address
}

/** Starts what `scripts/build-kernels.mjs` compiled. It has no memory and no start of its own. */
export function startKernels(backend: BackendWasm): OwnKernels {
  // Beside the bundle, or beside this source, where the test runner has it compiled.
  const file = new URL('./kernels.wasm', import.meta.url)
  if (!existsSync(file)) throw new BugError(`${file.pathname} is missing: the trainer was not built as a whole.`)
  const { asm, _malloc } = (backend as unknown as OpenBackend).wasm
  const module = new WebAssembly.Module(readFileSync(file))
  const exports = new WebAssembly.Instance(module, { env: { memory: asm.memory } }).exports as Exports
  return {
    ...exports,
    scratch: _malloc(exports.SCRATCH.value),
    addressOf: ({ dataId }) => backend.getMemoryOffset(dataId),
  }
}

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BackendWasm, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { TrialFailure } from '../../base/errors.ts'
import { bytes } from '../../base/human-readable.ts'
import type { EngineSource } from './engine.ts'
import { installFasterKernels } from './faster-kernels.ts'
import { fusedAdamW, jointLength } from './fused-adamw.ts'
import { notReady } from './load-peer.ts'
import { startKernels } from './own-kernels.ts'
import { engine, memory, setBackend } from './tf.ts'

/** Next to the bundle (scripts/build.mjs copies it there), otherwise in the package when the source runs in a test. */
function wasmFolder(): string {
  const beside = fileURLToPath(new URL('./tfjs-backend-wasm-simd.wasm', import.meta.url))
  const file = existsSync(beside)
    ? beside
    : createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm')
  return `${dirname(file)}/`
}

/** Emscripten's allocator; its declarations are not installed with the package. */
interface Heap {
  _malloc(size: number): number
  _free(address: number): void
}

/**
 * Makes a full heap an error. The heap ends at 4 GiB; the library then takes the null address for an answer and writes
 * tensors there without a word, so that numbers are wrong instead of missing.
 */
export function guardHeap(heap: Heap): void {
  // The first call of Emscripten's function replaces it by another, which would throw the guard away.
  heap._free(heap._malloc(1))
  const allocate = heap._malloc
  heap._malloc = (size) => {
    const address = allocate(size)
    if (address === 0) {
      throw new TrialFailure(
        `The tensor heap is out of memory: ${bytes(size)} more were needed and it ends at 4 GiB. Training stopped there.`,
        { code: 'HEAP_FULL', suggestions: ['Use a smaller hidden, batch_size or feature_width.'] },
      )
    }
    return address
  }
}

/** WebAssembly with SIMD on one thread: parallel trials use the cores better than threads inside a trial. */
export const wasm: EngineSource = {
  summary: 'WebAssembly on one core; needs nothing but Node.',
  async open() {
    setWasmPaths(wasmFolder())
    setThreadsCount(1)
    if (!(await setBackend('wasm'))) {
      throw notReady('wasm', 'WebAssembly could not be started in this Node')
    }
    const backend = engine().backend as BackendWasm
    guardHeap(backend.wasm as unknown as Heap)
    const own = startKernels(backend)
    installFasterKernels(own)
    return {
      name: 'wasm',
      device: 'one core',
      readsAtOnce: true,
      tensorCount: () => memory().numTensors,
      adamW: fusedAdamW(own, backend),
      lengthOf: jointLength(own),
    }
  },
}

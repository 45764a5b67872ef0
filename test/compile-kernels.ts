import { fileURLToPath } from 'node:url'
import { buildKernels } from '../scripts/build-kernels.mjs'

/** The trainer's source finds its compiled kernels beside itself, as the bundle does. */
export async function setup(): Promise<void> {
  await buildKernels(fileURLToPath(new URL('../src/trainer/engine/kernels.wasm', import.meta.url)))
}

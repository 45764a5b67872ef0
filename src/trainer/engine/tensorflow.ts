import { createRequire } from 'node:module'
import type { EngineSource } from './engine.ts'
import { engineFacts } from './engine-names.ts'
import { loadPeer, notReady } from './load-peer.ts'
import { ownValues } from './own-values.ts'
import { engine, memory, setBackend } from './tf.ts'

/**
 * Both packages bring the same binding of libtensorflow and register it under the same name. Sums are split among
 * threads or GPU cores, so that two runs may differ in their last bits.
 */
function tensorflowEngine(name: 'tensorflow' | 'tensorflow-gpu'): EngineSource {
  const packageName = name === 'tensorflow' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu'
  return {
    summary: engineFacts[name].summary,
    async open() {
      giveBackUtil()
      // Otherwise several lines on stderr about the instructions of the CPU; warnings and errors still come.
      process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'
      // Otherwise the first trial takes all memory of its GPU, which another slot may share.
      process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
      loadPeer(name, packageName)
      if (!(await setBackend('tensorflow'))) throw notReady(name, 'TensorFlow could not be started')
      const { isUsingGpuDevice } = engine().backend as unknown as { isUsingGpuDevice: boolean }
      if (name === 'tensorflow-gpu' && !isUsingGpuDevice) {
        throw notReady(name, 'TensorFlow was loaded, but finds no GPU, or not the CUDA 11 and cuDNN 8 that it needs')
      }
      ownValues()
      const device = isUsingGpuDevice ? 'the GPU' : 'the CPU'
      return { name, device, readsAtOnce: true, tensorCount: () => memory().numTensors }
    },
  }
}

/** Node 23 took functions away that the packages call; they never had another release (tensorflow/tfjs#8609). */
function giveBackUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
}

export const tensorflow = tensorflowEngine('tensorflow')
export const tensorflowGpu = tensorflowEngine('tensorflow-gpu')

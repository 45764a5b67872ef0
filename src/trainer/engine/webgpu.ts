import type { EngineSource } from './engine.ts'
import { engineFacts } from './engine-names.ts'
import { loadPeer, notReady } from './load-peer.ts'
import { ownValues } from './own-values.ts'
import { memory, setBackend } from './tf.ts'

/** As much of a GPU's description as is used; its types are not installed with us. */
interface Adapter {
  readonly info: { readonly vendor: string; readonly description: string; readonly isFallbackAdapter?: boolean }
}

interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<Adapter | null>
}

interface Dawn {
  create(flags: readonly string[]): Gpu
  readonly globals: object
}

/**
 * Dawn, Chrome's implementation of WebGPU, in Node.
 *
 * The order is fixed: the library asks for `navigator.gpu` while it is being imported (tensorflow/tfjs#8066). Values
 * cannot be read at once here, only be waited for.
 */
export const webgpu: EngineSource = {
  summary: engineFacts.webgpu.summary,
  async open() {
    const { create, globals } = loadPeer('webgpu', 'webgpu') as Dawn
    const gpu = create([])
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null) {
      throw notReady('webgpu', 'Dawn finds no GPU that it can use: no driver for Vulkan, or one that is too old')
    }
    Object.assign(globalThis, globals)
    offer(gpu)
    loadPeer('webgpu', '@tensorflow/tfjs-backend-webgpu')
    if (!(await setBackend('webgpu'))) throw notReady('webgpu', 'the GPU refused the device that the library asked for')
    ownValues()
    const { description, vendor, isFallbackAdapter } = adapter.info
    return {
      name: 'webgpu',
      device: description === '' ? vendor : description,
      ...(isFallbackAdapter && { software: true }),
      readsAtOnce: false,
      tensorCount: () => memory().numTensors,
    }
  },
}

/** Node 21 and later have a navigator, to which the GPU is added; Node 20 has none. */
function offer(gpu: Gpu): void {
  const { navigator } = globalThis as { navigator?: object }
  const place = { value: gpu, configurable: true }
  if (navigator) Object.defineProperty(navigator, 'gpu', place)
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true })
}

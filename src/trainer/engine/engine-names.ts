/** What is known of a backend without loading it: what the command line, settings and docs may say. */
export interface EngineFacts {
  /** One sentence for help and docs. */
  readonly summary: string
  /** What `npm install` adds, with versions; empty = comes along. */
  readonly packages: readonly string[]
  /** What else the machine must have. */
  readonly needs: string
}

/** In the order in which `auto` tries them. Loads nothing: the command line reads it too. */
export const engineFacts = {
  'tensorflow-gpu': {
    summary: 'TensorFlow on an NVIDIA GPU.',
    packages: ['@tensorflow/tfjs-node-gpu@4.22.0'],
    needs: 'Linux or Windows on x64, an NVIDIA driver, CUDA 11.2 or a later 11, cuDNN 8',
  },
  webgpu: {
    summary: 'Any GPU with a driver for Vulkan, Metal or DirectX 12; no CUDA.',
    packages: ['webgpu@0.6.2', '@tensorflow/tfjs-backend-webgpu@4.22.0'],
    needs: 'a driver for Vulkan (Linux), Metal (macOS) or DirectX 12 (Windows)',
  },
  tensorflow: {
    summary: 'TensorFlow on the CPU.',
    packages: ['@tensorflow/tfjs-node@4.22.0'],
    needs: 'x64, or an ARM Mac; a compiler where no ready-made addon can be downloaded',
  },
  wasm: { summary: 'WebAssembly on one core; needs nothing but Node.', packages: [], needs: 'Node.js 20.19 or newer' },
} as const satisfies Record<string, EngineFacts>

export type EngineName = keyof typeof engineFacts

/** What `backend:` may be. */
export type EngineChoice = EngineName | 'auto'

export const engineNames = Object.keys(engineFacts) as [EngineName, ...EngineName[]]

export const engineChoices = ['auto', ...engineNames] as const satisfies readonly EngineChoice[]

/** How an engine is chosen in a sweep file, as people type it. */
export const choiceText = (name: EngineChoice): string => `backend: ${name}`

/** Where `params` or a search space say which engine to use. */
export const ENGINE_SETTING = 'backend'

/** The command that adds a backend; undefined for the one that comes along. */
export function installCommand(name: EngineName): string | undefined {
  const { packages } = engineFacts[name]
  // Not saved: a peer that is optional belongs to a machine, not to a project.
  return packages.length === 0 ? undefined : `npm install --no-save ${packages.join(' ')}`
}

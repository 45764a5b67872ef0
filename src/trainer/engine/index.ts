import type { EngineSource } from './engine.ts'
import type { EngineName } from './engine-names.ts'
import { tensorflow, tensorflowGpu } from './tensorflow.ts'
import { wasm } from './wasm.ts'
import { webgpu } from './webgpu.ts'

/** Where tensors are computed, by name. */
export const engines = { 'tensorflow-gpu': tensorflowGpu, webgpu, tensorflow, wasm } as const satisfies Record<
  EngineName,
  EngineSource
>

export type { EngineName } from './engine-names.ts'

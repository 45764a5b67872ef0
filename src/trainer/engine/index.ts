import type { EngineSource } from './engine.ts'
import { wasm } from './wasm.ts'

/** Where tensors are computed, by name. */
export const engines = { wasm } satisfies Record<string, EngineSource>

export type EngineName = keyof typeof engines

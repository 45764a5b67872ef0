import type { EngineName } from './engine-names.ts'
import type { Optimizer } from './optimizer.ts'
import type { Tensor } from './tf.ts'

/**
 * A tensor library that is ready to compute. The one that comes along (`wasm.ts`) computes on one thread and with the
 * same bits each time; others may differ in their last bits from run to run.
 *
 * Model, losses and optimizer are written in the operations of `tf.ts` and do not know which engine runs them.
 * A tensor made from an array owns a copy of its values: the array may be written to at once.
 * Opened once in a process and never closed: the library keeps its state in globals.
 */
export interface Engine {
  readonly name: EngineName
  /** What it computes on, for people. */
  readonly device: string
  /** True for a GPU that is only imitated on the CPU; right, but slow. */
  readonly software?: boolean
  /** Whether `dataSync` works. Everywhere else `data` is awaited. */
  readonly readsAtOnce: boolean
  /** Tensors alive. The same before and after every training step, or something leaks. */
  tensorCount(): number
  /** Its own AdamW in one pass, where it has one; otherwise `training/adamw.ts` does it in plain operations. */
  readonly adamW?: Optimizer
  /** Length of all tensors together as one vector, likewise. */
  readonly lengthOf?: (tensors: readonly Tensor[]) => number
}

/** How an engine is opened. The smallest example is `wasm.ts`. */
export interface EngineSource {
  /** One sentence for help and docs. */
  readonly summary: string
  /**
   * @throws {EnvironmentError} ENGINE_MISSING when its package is not installed, ENGINE_NOT_READY when this machine
   * cannot run it
   */
  open(): Promise<Engine>
}

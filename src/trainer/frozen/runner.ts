// Key: B texts of a batch, D width of a token's vector.
import type { ModelConfig } from '../encoders/model-config.ts'
import type { ModelFiles } from '../encoders/model-files.ts'
import type { EngineChoice } from '../engine/engine-names.ts'
import type { Pooling } from '../settings-schema.ts'

/** One encoder, ready to compute. The same text gives the same row in any batch, to about 1e-5. */
export interface EncoderRunner {
  /** What computes, for people: `onnxruntime-node 1.30.0 on 2 threads`. */
  readonly name: string
  /** Tokens of a batch, padding counted, with which it is fastest. */
  readonly tokensAtOnce: number
  /**
   * @param texts_B token ids with the special tokens, at least one each
   * @returns B x D, row-major
   */
  pooled(texts_B: readonly Int32Array[]): Promise<Float32Array>
  close(): Promise<void>
}

/** What fits a core's cache beside a layer: a third faster than 2048 on the machine of bench/RESULTS.md. */
export const TOKENS_ON_CPU = 512
/** What keeps a GPU busy. */
export const TOKENS_ON_GPU = 8192

/** A model on this machine and what is wanted of it. */
export interface RunnerInput {
  readonly files: ModelFiles
  readonly config: ModelConfig
  readonly pooling: Pooling
  /** Cores that may be used. */
  readonly threads: number
  /** Of our own operations: that of the trial, because a process has one. */
  readonly backend: EngineChoice
}

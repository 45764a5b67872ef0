// Key: B texts of a batch, D width of a token's vector.
import type { ModelConfig } from '../encoders/model-config.ts'
import type { ModelFiles } from '../encoders/model-files.ts'
import type { EngineChoice } from '../engine/engine-names.ts'
import type { Pooling } from '../settings-schema.ts'

/** One encoder, ready to compute. The same text gives the same row in any batch, to about 1e-5. */
export interface EncoderRunner {
  /** What computes, for people: `onnxruntime-node 1.30.0 on 2 threads`. */
  readonly name: string
  /**
   * @param texts_B token ids with the special tokens, at least one each
   * @returns B x D, row-major
   */
  pooled(texts_B: readonly Int32Array[]): Promise<Float32Array>
  close(): Promise<void>
}

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

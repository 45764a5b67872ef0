/**
 * Turns texts into rows of numbers. Pure once fitted: a text has the same row in every split and every process.
 *
 * Key: N texts, D features.
 */
export interface TextEncoder {
  /** D */
  readonly width: number
  /** @returns N x D, row-major */
  encode(texts: readonly string[]): Float32Array
  /** What {@link TextEncoderSource.restore} needs, to be stored beside the model's weights. */
  readonly state: ReadonlyMap<string, EncoderArray>
}

export type EncoderArray = Float32Array | Int32Array

/** The training rows alone: seeing others would leak. */
export interface TrainingTexts {
  readonly texts: readonly string[]
  /** By task, one class index a text; -1 = not labelled. */
  readonly labels: readonly Int32Array[]
}

/** How an encoder comes to be. The example to read is `hash-encoder.ts`. */
export interface TextEncoderSource {
  /** One sentence for help and docs. */
  readonly summary: string
  /** @param width features at most */
  fit(train: TrainingTexts, width: number): TextEncoder
  /** @throws {UserError} ENCODER_STATE when `state` is not what this encoder wrote */
  restore(state: ReadonlyMap<string, EncoderArray>): TextEncoder
}

import type { EngineChoice } from '../engine/engine-names.ts'
import type { Body } from '../model/body.ts'
import type { EncoderName, Pooling } from '../settings-schema.ts'
import type { FeatureTable } from './feature-table.ts'

/**
 * Turns texts into rows of numbers. Pure once fitted: a text has the same row in every split and every process.
 *
 * Key: N texts, D features.
 */
export interface TextEncoder {
  /** D */
  readonly width: number
  /**
   * @param options `remember`: keep the rows on disk for later trials, where making them is slow
   * @returns N x D, in the form that it comes in
   */
  encode(texts: readonly string[], options?: { readonly remember?: boolean }): Promise<FeatureTable>
  /**
   * Only of an encoder that learns with the heads: what lies below them over these texts. Its `encode` gives no rows.
   */
  readonly bodyOver?: (texts: readonly string[]) => Body
  /** What {@link TextEncoderSource.restore} needs, to be stored beside the model's weights. */
  readonly state: ReadonlyMap<string, EncoderArray>
  /** What `restore` needs beside `state`, as plain JSON: which encoder it is when it lies elsewhere. Often empty. */
  readonly facts: EncoderFacts
}

export type EncoderArray = Float32Array | Int32Array

export type EncoderFacts = Readonly<Record<string, string | number>>

/** The training rows alone: seeing others would leak. */
export interface TrainingTexts {
  readonly texts: readonly string[]
  /** By task, one class index a text; -1 = not labelled. */
  readonly labels: readonly Int32Array[]
}

/** What a trial's settings say about its encoder. */
export interface EncoderOptions {
  readonly encoder: EncoderName
  /** Features at most. Only of encoders that choose theirs. */
  readonly featureWidth: number
  readonly pooling: Pooling
  /** Tokens of a text at most. */
  readonly maxLength: number
  /** Layers that learn with the heads, counted from the top. */
  readonly unfreezeLayers: number | 'all'
  /** Whether layers that learn are computed again on the way back. */
  readonly gradientCheckpointing: boolean
  /** What computes, for encoders that are computed in tensors. */
  readonly backend: EngineChoice
}

/** Hears what takes long or is worth knowing. */
export interface EncoderListener {
  note(level: 'info' | 'warn', text: string): void
  /** A line for people. */
  say(text: string): void
}

/** How an encoder comes to be. The example to read is `hash-encoder.ts`. */
export interface TextEncoderSource {
  /** One sentence for help and docs. */
  readonly summary: string
  /** @throws {UserError | EnvironmentError} when the encoder or something that it needs is not on this machine */
  fit(train: TrainingTexts, options: EncoderOptions, listener: EncoderListener): Promise<TextEncoder>
  /**
   * The same encoder from what it wrote, so that texts become the same rows.
   *
   * @throws {UserError} ENCODER_STATE when `state` and `facts` are not what this encoder wrote
   */
  restore(
    state: ReadonlyMap<string, EncoderArray>,
    facts: EncoderFacts,
    listener: EncoderListener,
  ): Promise<TextEncoder>
}

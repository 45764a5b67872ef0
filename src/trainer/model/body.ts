// Key: B rows of a batch, D features, H outputs of the first layer.
import type { BulkRandom } from '../bulk-random.ts'
import { matMul, type Tensor2D } from '../engine/tf.ts'
import type { NamedArrays, Parameter, Weights } from './parameters.ts'

/** The features of one batch, as far as the first layer of a head needs them. */
export interface FeatureBatch {
  /** Their product with D x H weights; B x H. Call it inside `tidy`. */
  times(weight_DH: Tensor2D): Tensor2D
}

/** What a batch may use besides its rows. */
export interface BodyInput {
  /** By name, all parameters of the model as they are now; valid during the call and the way back of its gradients. */
  readonly weights: Weights
  /** Where dropout masks come from; only in training. */
  readonly random?: BulkRandom
}

/**
 * What lies below the heads: it turns rows of the data into features.
 *
 * Fixed features (hashed n-grams, a frozen encoder) are a body without parameters: `feature-rows.ts`, the example to
 * read. An encoder that is fine-tuned is one with parameters, written in the plain operations of `engine/tf.ts`, so
 * that the loop's gradients pass through it.
 */
export interface Body {
  /** Of the group `body`, in the order in which the data passes them; empty when the features are fixed. */
  readonly parameters: readonly Parameter[]
  /** Where parameters start that are not drawn by their `bound`: an encoder's weights as they were read. */
  readonly start?: NamedArrays
  /**
   * Pure, but for the numbers that it takes from `random`: the same rows give the same features wherever they stand in
   * a batch. Rows may repeat. Call it inside `tidy`; a batch is used before the next one is made.
   */
  batch(rows_B: Int32Array, input: BodyInput): FeatureBatch
  /** By row of the data, what it costs, in any unit; batches are then made of rows that cost about the same. */
  readonly costs_N?: Int32Array
  /** Bytes that tensors take at most in a step with batches of that many rows; undefined = hardly any. */
  readonly stepMemory?: (rows: number) => number
  /** How many rows may be evaluated at once. @default 512 */
  readonly evaluatesAtOnce?: number
}

/** Features that are all there, or a layer's output, as the input of the next layer. */
export function denseBatch(x_BD: Tensor2D): FeatureBatch {
  return { times: (weight_DH) => matMul(x_BD, weight_DH) }
}

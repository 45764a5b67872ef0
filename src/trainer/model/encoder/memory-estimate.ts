// Key: E width, F inner width of the feed-forward part, A attention heads, S tokens of a text.
import { sizeOf } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { encoderParameters, firstUnfrozen, type Unfrozen } from './parameters.ts'

export interface TrainingStep {
  readonly architecture: Architecture
  readonly unfrozen: Unfrozen
  readonly recompute: boolean
  /** Texts of a batch, shown twice where R-Drop shows them twice. */
  readonly rows: number
  /** S, of the longest text. */
  readonly length: number
}

const BYTES = 4
/** A weight that learns, its two running means, its gradient, and the sum of gradients over several batches. */
const COPIES = 5
/** What is alive at once of a layer is this often what its layer keeps, gradients included; measured by tiny-bert. */
const ON_THE_WAY_BACK = 2.6
/** Widths a token of what is kept of a layer that is computed again; measured likewise. */
const KEPT_TO_RECOMPUTE = 3.5

/**
 * Bytes that tensors take at most in a training step, weights and optimizer included; right to about a quarter. The
 * heads on top are not counted.
 */
export function stepMemory({ architecture, unfrozen, recompute, rows, length }: TrainingStep): number {
  const parameters = encoderParameters(architecture, unfrozen)
  const numbers = parameters.reduce((sum, it) => sum + sizeOf(it) * (it.trains ? COPIES : 1), 0)
  const { width, inner, heads, layers } = architecture
  const learning = layers - firstUnfrozen(architecture, unfrozen)
  // Sixteen values as wide as a token, two as wide as its inner part, and four for each token that it looks at.
  const whole = ON_THE_WAY_BACK * (16 * width + 2 * inner + 4 * heads * length)
  const perToken = recompute ? whole + learning * KEPT_TO_RECOMPUTE * width : Math.max(1, learning) * whole
  return BYTES * (numbers + rows * length * perToken)
}

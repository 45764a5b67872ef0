// Key: N rows of the data, B rows of a batch, E width of a token's vector.
import type { BulkRandom } from '../../bulk-random.ts'
import { concat, type Tensor2D, tidy } from '../../engine/tf.ts'
import { type Body, denseBatch } from '../body.ts'
import type { NamedArrays, Weights } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { seedsFrom } from './dropping.ts'
import { encode } from './encode.ts'
import { stepMemory } from './memory-estimate.ts'
import { lookUp } from './operations.ts'
import { encoderParameters, type Unfrozen } from './parameters.ts'
import { poolers } from './pooling.ts'
import { tokenBatch } from './token-batch.ts'

export interface FineTuning {
  readonly architecture: Architecture
  /** As they were read; see `load-weights.ts`. */
  readonly start: NamedArrays
  /** N, token ids with the special tokens. */
  readonly tokens_N: readonly Int32Array[]
  readonly pooling: keyof typeof poolers
  readonly unfrozen: Unfrozen
  /** Gradient checkpointing: less memory, about a third more time. */
  readonly recompute: boolean
}

/** Tokens in a block without gradients: short texts are not filled up to the length of the longest of all. */
const TOKENS_AT_A_TIME = 2048

/** A transformer encoder below the heads, whose upper layers learn with them. */
export function fineTunedBody(given: FineTuning): Body {
  const { architecture, tokens_N, unfrozen, start } = given
  const pooled = (rows: Int32Array, weights: Weights, random?: BulkRandom): Tensor2D => {
    const batch = tokenBatch(
      Array.from(rows, (row) => tokens_N[row] as Int32Array),
      architecture,
    )
    const seeds = random && { seeds: seedsFrom(random, architecture.layers + 1) }
    const states = encode({ architecture, weights, batch, unfrozen, recompute: given.recompute, ...seeds })
    return poolers[given.pooling](states, batch)
  }
  const costs_N = Int32Array.from(tokens_N, (ids) => ids.length)
  return {
    parameters: encoderParameters(architecture, unfrozen),
    start,
    costs_N,
    stepMemory: (rows) => {
      const length = costs_N.reduce((longest, cost) => Math.max(longest, cost), 1)
      return stepMemory({ architecture, unfrozen, recompute: given.recompute, rows, length })
    },
    batch: (rows_B, { weights, random }) =>
      denseBatch(
        random
          ? pooled(rows_B, weights, random)
          : inBlocks(rows_B, costs_N, (rows) => tidy(() => pooled(rows, weights))),
      ),
  }
}

/** Computes rows of about the same cost together, and gives them back in the order in which they were asked for. */
function inBlocks(rows_B: Int32Array, costs_N: Int32Array, compute: (rows: Int32Array) => Tensor2D): Tensor2D {
  const cost = (b: number) => costs_N[rows_B[b] as number] as number
  const byCost = Array.from(rows_B.keys()).sort((a, b) => cost(a) - cost(b) || a - b)
  const blocks: number[][] = [[]]
  for (const b of byCost) {
    const block = blocks.at(-1) as number[]
    if ((block.length + 1) * cost(b) <= TOKENS_AT_A_TIME || block.length === 0) block.push(b)
    else blocks.push([b])
  }
  const parts = blocks.map((block) => compute(Int32Array.from(block, (b) => rows_B[b] as number)))
  const place_B = new Int32Array(rows_B.length)
  for (const [place, b] of byCost.entries()) place_B[b] = place
  return lookUp(parts.length === 1 ? (parts[0] as Tensor2D) : concat(parts, 0), place_B)
}

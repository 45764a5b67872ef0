// Key: B texts, S tokens each, M = B x S, E width of a token's vector.
import type { Tensor, Tensor2D } from '../../engine/tf.ts'
import type { Weights } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { dropFrom } from './dropping.ts'
import { embeddings, layerOutput } from './layer.ts'
import { firstUnfrozen, layerParameters, type Unfrozen } from './parameters.ts'
import { recomputed, withoutGradient } from './recompute.ts'
import type { TokenBatch } from './token-batch.ts'

export interface EncodeInput {
  readonly architecture: Architecture
  readonly weights: Weights
  readonly batch: TokenBatch
  /** One for the embeddings and one a layer; without them nothing is dropped. */
  readonly seeds?: readonly number[]
  /** What lies below gets no gradients and keeps nothing for them. @default 'all' */
  readonly unfrozen?: Unfrozen
  /** Compute each layer again on the way back instead of keeping its inner values. */
  readonly recompute?: boolean
}

/**
 * What each layer says about each token. Call it inside `tidy`; gradients pass through it to the weights.
 *
 * @returns the embeddings and then every layer's output, each M x E
 */
export function encode(input: EncodeInput): Tensor2D[] {
  const { architecture, weights, batch, seeds, unfrozen = 'all' } = input
  const read = () => embeddings({ architecture, weights, batch, drop: dropFrom(seeds?.[0]) })
  const states = [unfrozen === 'all' ? read() : withoutGradient(read)]
  const lowest = firstUnfrozen(architecture, unfrozen)
  for (let layer = 0; layer < architecture.layers; layer++) {
    const x_ME = states.at(-1) as Tensor2D
    const next = () => layerAfter(x_ME, layer, input)
    states.push(layer < lowest ? withoutGradient(next) : next())
  }
  return states
}

function layerAfter(x_ME: Tensor2D, layer: number, input: EncodeInput): Tensor2D {
  const { architecture, weights, batch, seeds, recompute } = input
  // Made anew each time the layer is computed: the same masks in the same order.
  const drop = () => dropFrom(seeds?.[layer + 1])
  if (!recompute) return layerOutput(x_ME, layer, { architecture, weights, batch, drop: drop() })
  const names = layerParameters(architecture, layer).map(({ name }) => name)
  const again = (x: Tensor, ...arrays: Tensor[]) => {
    const own = new Map(names.map((name, i) => [name, arrays[i] as Tensor]))
    return layerOutput(x as Tensor2D, layer, { architecture, weights: own, batch, drop: drop() })
  }
  return recomputed(again, [x_ME, ...names.map((name) => weights.get(name) as Tensor)]) as Tensor2D
}

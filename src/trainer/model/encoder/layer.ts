// Key: B texts, S tokens each, M = B x S, A attention heads, D = E / A their width, E width, F inner width.
import {
  add,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  type Tensor,
  type Tensor2D,
  tensor,
  transpose,
} from '../../engine/tf.ts'
import type { Weights } from '../parameters.ts'
import { type Architecture, firstPosition } from './architecture.ts'
import type { Drop } from './dropping.ts'
import { activations, dense, layerNorm, lookUp } from './operations.ts'
import { layerName } from './parameters.ts'
import type { TokenBatch } from './token-batch.ts'

export interface LayerInput {
  readonly architecture: Architecture
  readonly weights: Weights
  readonly batch: TokenBatch
  readonly drop: Drop
}

const of = (weights: Weights, name: string) => weights.get(name) as Tensor

function denseOf(x_MI: Tensor2D, weights: Weights, name: string): Tensor2D {
  return dense(x_MI, of(weights, `${name}.weight`), of(weights, `${name}.bias`))
}

function normOf(x_ME: Tensor2D, name: string, { weights, architecture }: LayerInput): Tensor2D {
  return layerNorm(x_ME, of(weights, `${name}.weight`), of(weights, `${name}.bias`), architecture.epsilon)
}

/** Tokens, positions and kinds of sentence as one vector a token. Every text is one sentence: the first kind. */
export function embeddings(input: LayerInput): Tensor2D {
  const { architecture, weights, batch, drop } = input
  const { rows: B, length: S } = batch
  const { width: E } = architecture
  const rowsOf = (name: string, from: number, count: number): Tensor => {
    return slice(of(weights, `encoder.embeddings.${name}`), [from, 0], [count, E])
  }
  const places_SE = rowsOf('positions', firstPosition(architecture), S)
  const added_SE = architecture.tokenTypes > 0 ? add(places_SE, rowsOf('types', 0, 1)) : places_SE
  const words_ME = lookUp(of(weights, 'encoder.embeddings.words'), batch.ids_BS)
  const sum_ME = reshape(add(reshape(words_ME, [B, S, E]), added_SE), [B * S, E]) as Tensor2D
  return drop(normOf(sum_ME, 'encoder.embeddings.norm', input), architecture.dropout)
}

/**
 * One layer: attention, then a feed-forward part, each added to what it read and normalised after the sum.
 *
 * @source Vaswani et al. 2017, "Attention is all you need", sec. 3; Devlin et al. 2019 (BERT)
 */
export function layerOutput(x_ME: Tensor2D, layer: number, input: LayerInput): Tensor2D {
  const { architecture, weights, drop } = input
  const name = layerName(layer)
  const attended_ME = denseOf(attention(x_ME, `${name}.attention`, input), weights, `${name}.attention.output`)
  // DistilBERT drops nothing here.
  const rate = architecture.family === 'distilbert' ? 0 : architecture.dropout
  const y_ME = normOf(add(x_ME, drop(attended_ME, rate)) as Tensor2D, `${name}.attention.norm`, input)
  const inner_MF = activations[architecture.activation](denseOf(y_ME, weights, `${name}.feed_forward.inner`))
  const fed_ME = denseOf(inner_MF, weights, `${name}.feed_forward.output`)
  return normOf(add(y_ME, drop(fed_ME, architecture.dropout)) as Tensor2D, `${name}.feed_forward.norm`, input)
}

/** Each token's mean of the others' values, weighted by how well its query fits their keys. @returns M x E */
function attention(x_ME: Tensor2D, name: string, { architecture, weights, batch, drop }: LayerInput): Tensor2D {
  const { rows: B, length: S } = batch
  const { heads: A, width: E } = architecture
  const D = E / A
  const perHead_BASD = (part: string) => {
    return transpose(reshape(denseOf(x_ME, weights, `${name}.${part}`), [B, S, A, D]), [0, 2, 1, 3])
  }
  const scores_BASS = mul(matMul(perHead_BASD('query'), perHead_BASD('key'), false, true), 1 / Math.sqrt(D))
  const shares_BASS = drop(softmax(withoutPadding(scores_BASS, batch)), architecture.attentionDropout)
  const mixed_BASD = matMul(shares_BASS, perHead_BASD('value'))
  return reshape(transpose(mixed_BASD, [0, 2, 1, 3]), [B * S, E])
}

/** So low that the exponential is exactly 0: a filled-up text gives what it gives alone. */
const NEVER = -1e9

function withoutPadding(scores_BASS: Tensor, { mask_BS, rows, length }: TokenBatch): Tensor {
  if (!mask_BS.includes(0)) return scores_BASS
  const bias_BS = mask_BS.map((there) => (there === 0 ? NEVER : 0))
  return add(scores_BASS, tensor(bias_BS, [rows, 1, 1, length]))
}

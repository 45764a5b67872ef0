import { rngFor } from '../../../src/base/rng.ts'
import type { Architecture } from '../../../src/trainer/model/encoder/architecture.ts'
import { encoderParameters } from '../../../src/trainer/model/encoder/parameters.ts'

type Matrix = number[][]

/** Also in float64, for differences of close values. */
type PlainWeights = ReadonlyMap<string, Float32Array | Float64Array>

/** A small encoder of one of the families. */
export function smallArchitecture(changes: Partial<Architecture> = {}): Architecture {
  const family = changes.family ?? 'bert'
  return {
    family,
    vocabulary: 30,
    width: 8,
    layers: 2,
    heads: 2,
    inner: 12,
    positions: 16,
    tokenTypes: family === 'bert' ? 2 : family === 'roberta' ? 1 : 0,
    padding: family === 'roberta' ? 1 : 0,
    activation: 'gelu',
    epsilon: family === 'roberta' ? 1e-5 : 1e-12,
    dropout: 0.1,
    attentionDropout: 0.1,
    ...changes,
  }
}

/** Weights that are large enough for every part to matter, and not at the special values 0 and 1. */
export function randomWeights(architecture: Architecture, spread = 0.4, seed = 1): Map<string, Float32Array> {
  return new Map(
    encoderParameters(architecture).map(({ name, shape }) => {
      const rng = rngFor(seed, name)
      const size = shape.reduce((a, b) => a * b, 1)
      const middle = name.endsWith('norm.weight') ? 1 : 0
      return [name, Float32Array.from({ length: size }, () => middle + spread * rng.normal())]
    }),
  )
}

/** The error function to 1e-14, by its series and, far out, its continued fraction. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x)
  if (x > 3) {
    let fraction = 0
    for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction)
    return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
  }
  let [term, sum] = [x, x]
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const bends = {
  gelu: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_tanh: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  relu: (x: number) => Math.max(0, x),
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
const plus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + (b[i] ?? 0))

/**
 * The encoder as its papers say, one token and one number at a time in float64, with nothing of the tensor code: no
 * batches, no padding, no transposed copies.
 *
 * @returns for the embeddings and each layer, one vector a token
 */
export function plainEncoder(ids: readonly number[], a: Architecture, weights: PlainWeights): Matrix[] {
  const array = (name: string) => weights.get(`encoder.${name}`) as Float32Array | Float64Array
  const row = (name: string, r: number) => Array.from(array(name).subarray(r * a.width, (r + 1) * a.width))
  const dense = (x: readonly number[], name: string) => {
    const bias = array(`${name}.bias`)
    const matrix = array(`${name}.weight`)
    return Array.from(bias, (b, o) => b + x.reduce((sum, v, i) => sum + v * (matrix[i * bias.length + o] ?? 0), 0))
  }
  const norm = (x: readonly number[], name: string) => {
    const mean = x.reduce((sum, v) => sum + v, 0) / x.length
    const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length
    const [scale, shift] = [array(`${name}.weight`), array(`${name}.bias`)]
    return x.map((v, i) => ((v - mean) / Math.sqrt(variance + a.epsilon)) * (scale[i] ?? 0) + (shift[i] ?? 0))
  }
  const first = a.family === 'roberta' ? a.padding + 1 : 0
  let tokens: Matrix = ids.map((id, s) => {
    const placed = plus(row('embeddings.words', id), row('embeddings.positions', first + s))
    return norm(a.tokenTypes > 0 ? plus(placed, row('embeddings.types', 0)) : placed, 'embeddings.norm')
  })
  const states = [tokens]
  for (let l = 0; l < a.layers; l++) {
    const name = `layer.${l}`
    const [query, key, value] = ['query', 'key', 'value'].map((p) =>
      tokens.map((x) => dense(x, `${name}.attention.${p}`)),
    )
    const size = a.width / a.heads
    const head = (x: readonly number[] | undefined, h: number) => (x ?? []).slice(h * size, (h + 1) * size)
    const mixed = tokens.map((_, s) =>
      Array.from({ length: a.heads }, (_, h) => {
        const scores = ids.map((_, t) => dot(head(query?.[s], h), head(key?.[t], h)) / Math.sqrt(size))
        const powers = scores.map((score) => Math.exp(score - Math.max(...scores)))
        const total = powers.reduce((sum, p) => sum + p, 0)
        return powers.reduce(
          (sum, p, t) =>
            plus(
              sum,
              head(value?.[t], h).map((v) => (v * p) / total),
            ),
          new Array(size).fill(0) as number[],
        )
      }).flat(),
    )
    tokens = tokens.map((x, s) => {
      const attended = norm(plus(x, dense(mixed[s] ?? [], `${name}.attention.output`)), `${name}.attention.norm`)
      const inner = dense(attended, `${name}.feed_forward.inner`).map(bends[a.activation])
      return norm(plus(attended, dense(inner, `${name}.feed_forward.output`)), `${name}.feed_forward.norm`)
    })
    states.push(tokens)
  }
  return states
}

/** As the poolings are defined in docs/fine-tuning.md. */
export const plainPooling = {
  cls: (states: readonly Matrix[]) => states.at(-1)?.[0] ?? [],
  mean: (states: readonly Matrix[]) => meanOf(states.at(-1) ?? []),
  last4_mean: (states: readonly Matrix[]) => meanOf(states.slice(1).slice(-4).map(meanOf)),
}

const meanOf = (rows: Matrix): number[] => rows.reduce((sum, row) => plus(sum, row)).map((v) => v / rows.length)

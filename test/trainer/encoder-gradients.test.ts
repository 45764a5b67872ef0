import { beforeAll, describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import {
  dispose,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  valueAndGrads,
} from '../../src/trainer/engine/tf.ts'
import type { Architecture } from '../../src/trainer/model/encoder/architecture.ts'
import { type EncodeInput, encode } from '../../src/trainer/model/encoder/encode.ts'
import { encoderParameters } from '../../src/trainer/model/encoder/parameters.ts'
import { poolers } from '../../src/trainer/model/encoder/pooling.ts'
import { tokenBatch } from '../../src/trainer/model/encoder/token-batch.ts'
import { plainEncoder, plainPooling, randomWeights, smallArchitecture } from './support/plain-encoder.ts'

const texts = [
  [2, 5, 9, 5, 3],
  [2, 7, 3],
].map((ids) => Int32Array.from(ids))

/** What the loss takes of each pooled number, so that all of them matter. */
const factors = Array.from({ length: 16 }, (_, i) => rngFor(3, 'factors', i).normal())

type Ways = Pick<EncodeInput, 'unfrozen' | 'recompute' | 'seeds'>

/** Loss and gradients of what learns, on the engine, and how much is alive at the end of the way there. */
function onEngine(architecture: Architecture, weights: ReadonlyMap<string, Float32Array>, ways: Ways = {}) {
  const parameters = encoderParameters(architecture, ways.unfrozen)
  const tensors = new Map(
    parameters.map(({ name, shape }) => [name, tensor(weights.get(name) as Float32Array, shape as number[])]),
  )
  const learning = parameters.filter(({ trains }) => trains).map(({ name }) => name)
  let alive = 0
  const before = memory().numTensors
  const { value, grads } = valueAndGrads((...given) => {
    const now = new Map([...tensors, ...learning.map((name, i) => [name, given[i] as Tensor] as const)])
    const batch = tokenBatch(texts, architecture)
    const pooled = poolers.last4_mean(encode({ architecture, weights: now, batch, ...ways }), batch)
    const factor = tensor(factors.slice(0, pooled.size), pooled.shape)
    const loss = sum(mul(pooled, factor)) as Scalar
    alive = memory().numTensors - before
    return loss
  })(learning.map((name) => tensors.get(name) as Tensor))
  const slopes = new Map(learning.map((name, i) => [name, grads[i]?.dataSync() as Float32Array]))
  const loss = value.dataSync()[0] as number
  dispose([value, ...grads])
  expect(memory().numTensors).toBe(before)
  dispose([...tensors.values()])
  return { loss, slopes, alive }
}

function plainLoss(architecture: Architecture, weights: ReadonlyMap<string, Float32Array | Float64Array>): number {
  const pooled = texts.flatMap((ids) => plainPooling.last4_mean(plainEncoder([...ids], architecture, weights)))
  return pooled.reduce((total, value, i) => total + value * (factors[i] ?? 0), 0)
}

/** Derivative by one number from four values around it; the error goes with the fourth power of the distance. */
function difference(
  architecture: Architecture,
  weights: ReadonlyMap<string, Float32Array>,
  at: { name: string; i: number },
) {
  const h = 1e-3
  const moved = (by: number) => {
    const values = Float64Array.from(weights.get(at.name) as Float32Array)
    values[at.i] = (values[at.i] as number) + by
    return plainLoss(architecture, new Map<string, Float32Array | Float64Array>([...weights, [at.name, values]]))
  }
  return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
}

/** The places where a gradient is largest. */
const steepest = (slope: Float32Array, count: number) =>
  Array.from(slope.keys())
    .sort((a, b) => Math.abs(slope[b] ?? 0) - Math.abs(slope[a] ?? 0))
    .slice(0, count)

describe('gradients of the transformer encoder', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  for (const changes of [
    { family: 'bert' },
    { family: 'roberta' },
    { family: 'distilbert' },
    { activation: 'gelu_tanh' },
  ] as const) {
    it(`are those of finite differences for every array of ${Object.values(changes)}`, () => {
      const architecture = smallArchitecture(changes)
      const weights = randomWeights(architecture)
      const { loss, slopes } = onEngine(architecture, weights)
      expect(loss).toBeCloseTo(plainLoss(architecture, weights), 4)
      const largest = Math.max(...[...slopes.values()].map((slope) => Math.abs(slope[steepest(slope, 1)[0] ?? 0] ?? 0)))
      for (const [name, slope] of slopes) {
        for (const i of steepest(slope, 2)) {
          const expected = difference(architecture, weights, { name, i })
          // A key's bias moves all scores of a query alike, so its true gradient is 0.
          const within = Math.max(1e-3 * Math.abs(expected), 1e-6 * largest)
          expect(Math.abs((slope[i] ?? Number.NaN) - expected), `${name}[${i}] ${slope[i]} ${expected}`).toBeLessThan(
            within,
          )
        }
      }
    })
  }

  it('are the same when layers are computed again on the way back, and less is kept', () => {
    const architecture = smallArchitecture({ layers: 4 })
    const weights = randomWeights(architecture)
    const seeds = [11, 12, 13, 14, 15]
    const kept = onEngine(architecture, weights, { seeds })
    const again = onEngine(architecture, weights, { seeds, recompute: true })
    expect(again.loss).toBe(kept.loss)
    for (const [name, slope] of again.slopes) {
      // Sums of several gradients are made in another order.
      const other = kept.slopes.get(name) ?? new Float32Array()
      const worst = Math.max(...slope.map((value, i) => Math.abs(value - (other[i] ?? Number.NaN))))
      expect(worst, name).toBeLessThan(1e-5 * Math.max(0.1, ...slope.map(Math.abs)))
    }
    expect(again.alive).toBeLessThan(kept.alive / 2)
    expect(onEngine(architecture, weights, { seeds: [11, 12, 13, 14, 16], recompute: true }).loss).not.toBe(kept.loss)
    expect(onEngine(architecture, weights).loss).not.toBe(kept.loss)
  })

  it('exist for the unfrozen layers alone, with the same values, and less is kept', () => {
    const architecture = smallArchitecture({ layers: 3 })
    const weights = randomWeights(architecture)
    const all = onEngine(architecture, weights)
    for (const [unfrozen, layers] of [
      [1, [2]],
      [2, [1, 2]],
      [3, [0, 1, 2]],
      [7, [0, 1, 2]],
    ] as const) {
      const some = onEngine(architecture, weights, { unfrozen })
      expect([...new Set([...some.slopes.keys()].map((name) => name.slice(0, 15)))]).toEqual(
        layers.map((l) => `encoder.layer.${l}`),
      )
      expect(some.loss).toBe(all.loss)
      expect(some.alive).toBeLessThan(all.alive)
      for (const [name, slope] of some.slopes) expect(slope, name).toEqual(all.slopes.get(name))
    }
  })
})

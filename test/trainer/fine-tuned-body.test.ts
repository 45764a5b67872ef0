import { beforeAll, describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { bulkRandom } from '../../src/trainer/bulk-random.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { dispose, memory, type Tensor2D, tensor, tidy } from '../../src/trainer/engine/tf.ts'
import { type FineTuning, fineTunedBody } from '../../src/trainer/model/encoder/fine-tuned-body.ts'
import { randomWeights, smallArchitecture } from './support/plain-encoder.ts'

const architecture = smallArchitecture({ positions: 300 })
const start = randomWeights(architecture)

/** Texts of 3 to 250 tokens: more than one block. */
const tokens_N = Array.from({ length: 30 }, (_, n) => {
  const rng = rngFor(8, 'text', n)
  const length = 3 + ((n * 83) % 248)
  return Int32Array.from({ length }, () => rng.below(architecture.vocabulary))
})

const given: FineTuning = { architecture, start, tokens_N, pooling: 'mean', unfrozen: 'all', recompute: false }

/** The features of some rows as the identity matrix shows them. */
function featuresOf(rows: readonly number[], changes: Partial<FineTuning> = {}, seed?: number) {
  const body = fineTunedBody({ ...given, ...changes })
  const weights = new Map(
    body.parameters.map(({ name, shape }) => [name, tensor(start.get(name) as Float32Array, shape as number[])]),
  )
  const before = memory().numTensors
  const flat = tidy(() => {
    const random = seed === undefined ? {} : { random: bulkRandom(rngFor(seed)) }
    const identity = tensor(
      Float32Array.from({ length: architecture.width ** 2 }, (_, i) => (i % (architecture.width + 1) === 0 ? 1 : 0)),
      [architecture.width, architecture.width],
    ) as Tensor2D
    return body
      .batch(Int32Array.from(rows), { weights, ...random })
      .times(identity)
      .dataSync()
  })
  expect(memory().numTensors).toBe(before)
  dispose([...weights.values()])
  return rows.map((_, b) => [...flat.slice(b * architecture.width, (b + 1) * architecture.width)])
}

const apart = (a: readonly number[] = [], b: readonly number[] = []) =>
  Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 9))))

describe('an encoder under the heads', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  it('gives a row the same features in any order, beside any others, and as often as it is asked for', () => {
    const rows = [...tokens_N.keys()].reverse().concat([3, 3])
    const together = featuresOf(rows)
    for (const [b, row] of rows.entries()) expect(apart(together[b], featuresOf([row])[0])).toBeLessThan(1e-5)
  })

  it('drops values in training: the same for the same random numbers, others for each of two equal rows', () => {
    const [first, second] = featuresOf([4, 4], {}, 1)
    expect(apart(first, second)).toBeGreaterThan(0.01)
    expect(featuresOf([4, 4], {}, 1)).toEqual([first, second])
    expect(featuresOf([4, 4], {}, 2)).not.toEqual([first, second])
    expect(featuresOf([4, 4], { recompute: true }, 1)).toEqual([first, second])
  })

  it('gives the mean in training what it gives without dropping', () => {
    const quiet = { ...architecture, dropout: 0, attentionDropout: 0 }
    expect(apart(featuresOf([4], { architecture: quiet }, 1)[0], featuresOf([4])[0])).toBeLessThan(1e-6)
  })

  it('says which of its parameters learn, how deep they lie and what a row costs', () => {
    const { parameters, costs_N } = fineTunedBody({ ...given, unfrozen: 1 })
    expect([...(costs_N ?? [])]).toEqual(tokens_N.map(({ length }) => length))
    const learning = parameters.filter(({ trains }) => trains)
    expect(new Set(learning.map(({ depth }) => depth))).toEqual(new Set([1]))
    expect(learning.length).toBe(16)
    expect(new Set(parameters.map(({ depth }) => depth))).toEqual(new Set([3, 2, 1]))
    const undecayed = parameters.filter(({ decays }) => !decays).map(({ name }) => name)
    expect(undecayed.every((name) => /bias$|norm\.weight$/.test(name))).toBe(true)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { square, sum, type Tensor2D, tensor2d, tidy, valueAndGrads } from '../../src/trainer/engine/tf.ts'
import { featureRows } from '../../src/trainer/model/feature-rows.ts'

const [rows, width, outputs] = [9, 40, 3]

describe('the features of a batch', () => {
  let tensorCount: () => number
  beforeAll(async () => {
    tensorCount = (await engines.wasm.open()).tensorCount
  })

  function features(share: number): Float32Array {
    const rng = rngFor(3, 'features')
    return Float32Array.from({ length: rows * width }, () => (rng.uniform() < share ? rng.normal() : 0))
  }

  it('are computed sparse when few of them are not 0, otherwise dense', () => {
    expect(featureRows(features(0.05), width).kind).toBe('sparse')
    expect(featureRows(features(0.5), width).kind).toBe('dense')
  })

  it('give the same product and gradient either way, repeated rows included, and keep no tensor', () => {
    const batch = Int32Array.of(4, 0, 4, 8)
    const rng = rngFor(4, 'weights')
    const weights = Float32Array.from({ length: width * outputs }, () => rng.normal())
    const before = tensorCount()
    const [sparse, dense] = (['sparse', 'dense'] as const).map((kind) => {
      const all = featureRows(features(0.2), width, kind)
      return tidy(() => {
        const { value, grads } = valueAndGrads((w) => sum(square(all.batch(batch).times(w as Tensor2D))))([
          tensor2d(weights, [width, outputs]),
        ])
        return [...value.dataSync(), ...(grads[0]?.dataSync() ?? [])]
      })
    })
    expect(tensorCount()).toBe(before)
    expect(sparse).toHaveLength(1 + width * outputs)
    for (const [i, value] of (sparse ?? []).entries()) expect(value).toBeCloseTo(dense?.[i] ?? Number.NaN, 3)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { square, sum, type Tensor2D, tensor2d, tidy, valueAndGrads } from '../../src/trainer/engine/tf.ts'
import { type SparseTable, SparseTableBuilder } from '../../src/trainer/features/feature-table.ts'
import { featureRows } from '../../src/trainer/model/feature-rows.ts'

const [rows, width, outputs] = [9, 40, 3]

describe('the features of a batch', () => {
  let tensorCount: () => number
  beforeAll(async () => {
    tensorCount = (await engines.wasm.open()).tensorCount
  })

  function features(share: number): SparseTable {
    const rng = rngFor(3, 'features')
    const table = new SparseTableBuilder(rows, width)
    for (let n = 0; n < rows; n++) {
      const row_D = Float32Array.from({ length: width }, () => (rng.uniform() < share ? rng.normal() : 0))
      table.addRow(
        Int32Array.from(row_D.keys()).filter((d) => row_D[d] !== 0),
        row_D,
      )
    }
    return table.table()
  }

  it('are computed sparse when few of them are not 0, otherwise dense', () => {
    expect(featureRows(features(0.05)).kind).toBe('sparse')
    expect(featureRows(features(0.5)).kind).toBe('dense')
  })

  it('give the same product and gradient either way, repeated rows included, and keep no tensor', () => {
    const batch = Int32Array.of(4, 0, 4, 8)
    const rng = rngFor(4, 'weights')
    const weights = Float32Array.from({ length: width * outputs }, () => rng.normal())
    const before = tensorCount()
    const [sparse, dense] = (['sparse', 'dense'] as const).map((kind) => {
      const all = featureRows(features(0.2), kind)
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

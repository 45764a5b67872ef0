import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { inBatches } from '../../src/trainer/training/row-order.ts'

const SIZE = 16
const costs_N = Int32Array.from(
  { length: 3000 },
  (_, n) => 3 + (rngFor(1, n).below(120) * rngFor(2, n).below(120)) / 120,
)
const order = Int32Array.from(rngFor(3).shuffled([...costs_N.keys()]))
const batches = (seed: number) => inBatches(order, { size: SIZE, costs_N, rng: rngFor(seed, 'batches') })
const costsOf = (batch: Int32Array) => [...batch].map((row) => costs_N[row] as number)

/** What is computed, padding included, over what there is. */
const waste = (of: readonly Int32Array[]) => {
  const computed = of.reduce((sum, batch) => sum + batch.length * Math.max(...costsOf(batch)), 0)
  return computed / of.reduce((sum, batch) => sum + costsOf(batch).reduce((a, b) => a + b, 0), 0)
}

describe('batches of texts of about the same length', () => {
  it('have every row that was drawn, as often as it was drawn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2999), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 40 }),
        (rows, size) => {
          const drawn = Int32Array.from(rows)
          const made = inBatches(drawn, { size, costs_N, rng: rngFor(1, 'batches') })
          expect(made.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([...rows].sort((a, b) => a - b))
          expect(made.every((batch) => batch.length <= size)).toBe(true)
        },
      ),
    )
  })

  it('hardly pay for padding, where batches in the order drawn compute more than twice what there is', () => {
    expect(waste(inBatches(order, { size: SIZE, rng: rngFor(1) }))).toBeGreaterThan(2)
    expect(waste(batches(1))).toBeLessThan(1.1)
  })

  it('come in random order, the same for the same stream', () => {
    expect(batches(1)).toEqual(batches(1))
    expect(batches(1)).not.toEqual(batches(2))
    const longest = batches(1).map((batch) => Math.max(...costsOf(batch)))
    const ascending = longest.filter((cost, i) => i > 0 && cost >= (longest[i - 1] as number)).length
    expect(ascending / longest.length).toBeGreaterThan(0.4)
    expect(ascending / longest.length).toBeLessThan(0.65)
  })
})

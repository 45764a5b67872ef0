import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { bulkRandom } from '../../src/trainer/bulk-random.ts'
import { classCounts, classWeights } from '../../src/trainer/training/class-weights.ts'
import { learningRateAt } from '../../src/trainer/training/learning-rate.ts'
import { rowOrder } from '../../src/trainer/training/row-order.ts'

describe('class weights', () => {
  it('give every class the same share of the loss', () => {
    const { weights } = classWeights([60, 30, 10], { balanced: true, multiplier: [1, 1, 1], cap: 10 })
    expect(weights[0]).toBeCloseTo(100 / 180, 12)
    expect(weights.map((weight, c) => weight * ([60, 30, 10][c] ?? 0))).toEqual([100 / 3, 100 / 3, 100 / 3])
  })

  it('say which class hit the cap and what it would have been', () => {
    const { weights, capped } = classWeights([94, 6], { balanced: true, multiplier: [1, 2.5], cap: 10 })
    expect(weights[1]).toBe(10)
    expect(capped).toEqual([{ class: 1, wanted: (100 / 12) * 2.5 }])
  })

  it('are the multipliers alone when they are not balanced', () => {
    const { weights, capped } = classWeights([94, 6], { balanced: false, multiplier: [1, 2.5], cap: 10 })
    expect(weights).toEqual([1, 2.5])
    expect(capped).toEqual([])
  })

  it('stay finite for a class without rows', () => {
    expect(classWeights([5, 0], { balanced: true, multiplier: [1, 1], cap: 10 }).weights[1]).toBe(10)
  })

  it('count labelled rows of the given split only', () => {
    expect(classCounts(Int32Array.of(0, 1, -1, 1), Int32Array.of(1, 2, 3), 2)).toEqual([0, 2])
  })
})

describe('the order of rows', () => {
  const rows = Int32Array.from({ length: 1000 }, (_, i) => i + 7)

  it('shows every row once when nothing is boosted', () => {
    const order = rowOrder(rows, { rng: rngFor(1, 'a') })
    expect([...order].sort((a, b) => a - b)).toEqual([...rows])
    expect(order).not.toEqual(rows)
    expect(rowOrder(rows, { rng: rngFor(1, 'a') })).toEqual(order)
    expect(rowOrder(rows, { rng: rngFor(1, 'b') })).not.toEqual(order)
  })

  it('draws boosted rows as often as their weight says', () => {
    const weights = Float64Array.from(rows, (_, i) => (i < 100 ? 9 : 1))
    const order = rowOrder(rows, { weights_N: weights, rng: rngFor(1, 'a') })
    expect(order.length).toBe(1000)
    // 100 x 9 of 1800: half of all draws, within five standard deviations.
    expect(Math.abs(order.filter((row) => row < 107).length - 500)).toBeLessThan(80)
  })
})

describe('the learning rate', () => {
  const plan = { peak: 2, schedule: 'cosine', warmupRatio: 0.2, totalSteps: 10, reducedTo: 1 } as const

  it('rises to the peak, then falls to nothing', () => {
    expect([0, 1, 2, 6, 10].map((step) => learningRateAt(step, plan))).toEqual([1, 2, 2, 1, 0])
    expect(learningRateAt(6, { ...plan, schedule: 'linear' })).toBe(1)
    expect(learningRateAt(9, { ...plan, schedule: 'constant' })).toBe(2)
    expect(learningRateAt(0, { ...plan, warmupRatio: 0 })).toBe(2)
  })
})

describe('bulk random numbers', () => {
  it('are the same for the same stream and others for another', () => {
    const [a, b, c] = [rngFor(1, 'x'), rngFor(1, 'x'), rngFor(1, 'y')].map((rng) => bulkRandom(rng).symmetric())
    expect(a).toBe(b)
    expect(a).not.toBe(c)
  })

  it('drop the asked share and keep the expectation', () => {
    const mask = bulkRandom(rngFor(1, 'x')).dropoutMask(40_001, 0.25)
    const dropped = mask.filter((factor) => factor === 0).length / mask.length
    expect(dropped).toBeCloseTo(0.25, 2)
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(4 / 3)]))
    const random = bulkRandom(rngFor(2, 'x'))
    const mean = Array.from({ length: 10_000 }, () => random.symmetric()).reduce((sum, x) => sum + x / 10_000, 0)
    expect(Math.abs(mean)).toBeLessThan(0.03)
  })
})

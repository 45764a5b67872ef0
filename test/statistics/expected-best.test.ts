import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { bestChances } from '../../src/statistics/best-chances.ts'
import { expectedBestCurve, expectedBestOf, expectedImprovement } from '../../src/statistics/expected-best.ts'

describe('expected best of n', () => {
  it('is the mean over all subsets of that size', () => {
    const values = [3, 1, 4, 1.5, 9]
    const subsets = Array.from({ length: 2 ** 5 }, (_, bits) => values.filter((_, i) => bits & (1 << i)))
    for (let n = 1; n <= 5; n++) {
      const best = subsets.filter((subset) => subset.length === n).map((subset) => Math.max(...subset))
      expect(expectedBestOf(values, n)).toBeCloseTo(best.reduce((a, b) => a + b, 0) / best.length, 12)
    }
  })

  it('has no bias, and its interval holds the truth for uniform values', () => {
    const rng = rngFor(1, 'values')
    const samples = Array.from({ length: 3000 }, () => Array.from({ length: 20 }, () => rng.uniform()))
    const mean = samples.reduce((sum, values) => sum + expectedBestOf(values, 5), 0) / samples.length
    expect(mean).toBeCloseTo(5 / 6, 2)
    const [at] = expectedBestCurve(samples[0] as number[], [5], rngFor(1, 'bootstrap'))
    expect(at?.low).toBeLessThan(5 / 6)
    expect(at?.high).toBeGreaterThan(5 / 6)
  })
})

describe('expected improvement', () => {
  const quantilesOf = (inverse: (u: number) => number) =>
    Array.from({ length: 400 }, (_, i) => inverse((i + 0.5) / 400))

  it('comes near the closed form for uniform and exponential values', () => {
    // The largest of k uniform ones beyond b: the integral of 1 - x^k from b to 1.
    const b = 1 - 0.5 / 400
    const uniform = expectedImprovement(
      quantilesOf((u) => u),
      { more: 10 },
    )
    expect(Math.abs(uniform - (1 - b - (1 - b ** 11) / 11))).toBeLessThan(1e-4)
    const exponential = expectedImprovement(
      quantilesOf((u) => -Math.log(1 - u)),
      { more: 10 },
    )
    // 10 chances of 0.5/400 to exceed, by 1 on average.
    expect(exponential / 0.0125).toBeGreaterThan(0.5)
    expect(exponential / 0.0125).toBeLessThan(1.6)
  })

  it('grows with what is to come, scales with the values, and is unknown for few', () => {
    const values = quantilesOf((u) => u ** 2)
    const [few, many] = [5, 50].map((more) => expectedImprovement(values, { more })) as [number, number]
    expect(many).toBeGreaterThan(few)
    expect(
      expectedImprovement(
        values.map((v) => 7 * v - 3),
        { more: 5 },
      ),
    ).toBeCloseTo(7 * few, 9)
    expect(expectedImprovement(values.slice(0, 19), { more: 5 })).toBeNaN()
    expect(expectedImprovement(Array(30).fill(1), { more: 5 })).toBe(0)
  })
})

describe('chances of being best', () => {
  it('agree with the closed form for two, and sum to 1', () => {
    const { chances, regrets } = bestChances({ means: [1, 0], sds: [1, 0] }, rngFor(1, 'draws'))
    expect(chances[0]).toBeCloseTo(0.841, 1)
    expect(chances.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
    // E max(0, -X) of a normal around 1: phi(1) - (1 - Phi(1)).
    expect(regrets[0]).toBeCloseTo(0.0833, 1)
    expect(bestChances({ means: [2, 2], sds: [0, 0] }, rngFor(1, 'draws')).chances[0]).toBeCloseTo(0.5, 9)
  })
})

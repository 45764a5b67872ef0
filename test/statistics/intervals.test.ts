import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { pooledVariance, tInterval, varianceComponents } from '../../src/statistics/intervals.ts'
import { meanOf, quantiles, summarize } from '../../src/statistics/summary.ts'

describe('summarize', () => {
  it('gives mean, sample sd and the middle', () => {
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ n: 8, mean: 5, min: 2, median: 4.5, max: 9 })
    expect(summarize([1, 2, 3]).sd).toBe(1)
  })

  it('answers NaN, and does not throw, for nothing and for the spread of one value', () => {
    expect(summarize([]).mean).toBeNaN()
    expect(summarize([3]).sd).toBeNaN()
    expect([meanOf([]), ...quantiles([], [0.5])]).toEqual([Number.NaN, Number.NaN])
  })
})

/** Student's interval of the mean of independent values. */
function meanInterval(values: readonly number[]) {
  const { n, mean, sd } = summarize(values)
  return tInterval(mean, { standardError: sd / Math.sqrt(n), df: n - 1 })
}

describe('tInterval, of a mean', () => {
  it('is the mean plus and minus t times sd over the root of n', () => {
    const { low, high } = meanInterval([1, 2, 3])
    expect([low, high]).toEqual([
      expect.closeTo(2 - 4.302653 / Math.sqrt(3), 5),
      expect.closeTo(2 + 4.302653 / Math.sqrt(3), 5),
    ])
  })

  it('has no ends for a single value', () => {
    expect(meanInterval([0.5])).toEqual({ estimate: 0.5, low: -Infinity, high: Infinity })
  })

  it('covers the true mean in 95 % of simulated samples of three', () => {
    const rng = rngFor(1, 'coverage')
    let covered = 0
    for (let i = 0; i < 3000; i++) {
      const { low, high } = meanInterval([rng.normal(), rng.normal(), rng.normal()])
      if (low < 0 && high > 0) covered++
    }
    expect(covered / 3000).toBeCloseTo(0.95, 1.7)
  })
})

describe('pooledVariance', () => {
  it('adds squares and degrees of freedom over the groups and skips groups of one', () => {
    expect(pooledVariance([[1, 3], [10, 11, 12], [5], []])).toEqual({ variance: (2 + 2) / 3, df: 3 })
  })

  it('is NaN with no degrees of freedom, and gives an interval without ends', () => {
    const { variance, df } = pooledVariance([[1], [2]])
    expect([variance, df]).toEqual([Number.NaN, 0])
    expect(tInterval(1, { standardError: Math.sqrt(variance), df }).high).toBe(Infinity)
  })
})

describe('varianceComponents', () => {
  it('finds the two spreads of simulated groups of unequal size', () => {
    const rng = rngFor(2, 'components')
    const groups = Array.from({ length: 3000 }, (_, i) => {
      const centre = 2 * rng.normal()
      return Array.from({ length: 2 + (i % 3) }, () => centre + 0.5 * rng.normal())
    })
    const { within, between } = varianceComponents(groups)
    expect(within).toBeCloseTo(0.5, 1.5)
    expect(between).toBeCloseTo(2, 1)
  })

  it('says 0 between groups when their means differ less than noise makes them', () => {
    expect(
      varianceComponents([
        [0, 10],
        [5, 5.1],
        [1, 9],
      ]).between,
    ).toBe(0)
  })
})

import { tTest } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { bootstrapInterval } from '../../src/statistics/bootstrap.ts'
import { pairedTTest, signFlipTest } from '../../src/statistics/paired.ts'
import { tCdf } from '../../src/statistics/student-t.ts'
import { meanOf } from '../../src/statistics/summary.ts'

// Student 1908: extra hours of sleep under two drugs, ten patients; t = 4.0621, p = 0.00283 (R's t.test help page).
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]

describe('pairedTTest', () => {
  it("agrees with R on Student's sleep data", () => {
    const { estimate, low, high, p } = pairedTTest(SLEEP)
    expect([estimate, low, high]).toEqual([1.58, 0.7001142, 2.4598858].map((x) => expect.closeTo(x, 6)))
    expect(p).toBeCloseTo(0.00283, 5)
  })

  it('agrees with simple-statistics in t, which divides its variance by n where a sample needs n - 1', () => {
    expect(pairedTTest(SLEEP).p).toBeCloseTo(2 * tCdf(-tTest(SLEEP, 0) * Math.sqrt(9 / 10), 9), 12)
  })

  it('says nothing of one pair, and is sure of equal differences', () => {
    expect(pairedTTest([1])).toMatchObject({ n: 1, p: Number.NaN, low: -Infinity })
    expect(pairedTTest([0, 0, 0]).p).toBe(1)
    expect(pairedTTest([2, 2]).p).toBe(0)
  })
})

describe('signFlipTest', () => {
  it('counts sign patterns: all on one side is two of 2^n', () => {
    expect(signFlipTest([1, 2, 3])).toBe(2 / 8)
    expect(signFlipTest([1, 1, 1, 1, 1, 1])).toBe(2 / 64)
    expect(signFlipTest([1, -1])).toBe(1)
  })

  it('is close to the t test on ten pairs', () => {
    expect(Math.abs(signFlipTest(SLEEP) - pairedTTest(SLEEP).p)).toBeLessThan(0.005)
  })

  it('answers NaN for no pairs and for too many', () => {
    expect([signFlipTest([]), signFlipTest(Array(19).fill(1))]).toEqual([Number.NaN, Number.NaN])
  })
})

describe('bootstrapInterval', () => {
  const rng = () => rngFor(3, 'bootstrap')
  const sample = Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 3)

  it('agrees with the normal interval of a mean of many values', () => {
    const { low, high } = bootstrapInterval(sample, meanOf, { rng: rng() })
    const mean = meanOf(sample)
    const sd = Math.sqrt(meanOf(sample.map((x) => (x - mean) ** 2)) / sample.length)
    expect((high - low) / 2 / (1.96 * sd)).toBeCloseTo(1, 1)
  })

  it('gives the same answer for the same stream', () => {
    expect(bootstrapInterval(sample, meanOf, { rng: rng() })).toEqual(bootstrapInterval(sample, meanOf, { rng: rng() }))
  })
})

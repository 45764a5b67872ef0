import { tTest } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { pairedTTest } from '../../src/statistics/paired.ts'
import { tCdf } from '../../src/statistics/student-t.ts'

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

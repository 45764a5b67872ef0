import { describe, expect, it } from 'vitest'
import { incompleteBeta } from '../../src/statistics/incomplete-beta.ts'
import { fTail, tCdf, tQuantile } from '../../src/statistics/student-t.ts'

describe('tQuantile', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, printed to three digits.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 10, 2.228],
    [0.975, 30, 2.042],
    [0.975, 100, 1.984],
    [0.95, 5, 2.015],
    [0.995, 2, 9.925],
    [0.999, 8, 4.501],
  ])('agrees with the printed table at p = %d and %d degrees of freedom', (p, df, printed) => {
    expect(tQuantile(p, df)).toBeCloseTo(printed, 2.9)
  })

  it('agrees with the closed forms for one and two degrees of freedom, far into the tails', () => {
    for (const p of [1e-9, 0.001, 0.2, 0.49, 0.6, 0.9, 0.9999]) {
      expect(tQuantile(p, 1) / (-1 / Math.tan(Math.PI * p))).toBeCloseTo(1, 8)
      expect(tQuantile(p, 2) / ((2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p))))).toBeCloseTo(1, 8)
    }
  })

  it('undoes tCdf', () => {
    for (const df of [0.5, 1.7, 3, 25, 4000]) {
      for (const p of [0.0005, 0.1, 0.5, 0.8, 0.999]) expect(tCdf(tQuantile(p, df), df)).toBeCloseTo(p, 10)
    }
  })

  it('approaches the normal quantile as degrees of freedom grow', () => {
    expect(tQuantile(0.975, Number.POSITIVE_INFINITY)).toBeCloseTo(1.959964, 4)
  })

  it('is infinite at the ends and NaN outside its range', () => {
    expect([tQuantile(0, 3), tQuantile(1, 3)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect([tQuantile(1.1, 3), tQuantile(0.5, 0), tQuantile(Number.NaN, 2)]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ])
  })
})

describe('incompleteBeta', () => {
  it('agrees with its closed forms', () => {
    for (const x of [0.01, 0.3, 0.5, 0.77, 0.999]) {
      expect(incompleteBeta(x, 1, 1)).toBeCloseTo(x, 12)
      expect(incompleteBeta(x, 3, 1)).toBeCloseTo(x ** 3, 12)
      expect(incompleteBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 11)
      expect(incompleteBeta(x, 2, 2)).toBeCloseTo(3 * x ** 2 - 2 * x ** 3, 12)
    }
  })
})

describe('fTail', () => {
  // NIST/SEMATECH e-Handbook, table 1.3.6.7.3: 5 % critical values.
  it.each([
    [3.885, 2, 12],
    [4.965, 1, 10],
    [2.866, 4, 20],
  ])('gives 5 %% at the printed critical value %d', (f, between, within) => {
    expect(fTail(f, between, within)).toBeCloseTo(0.05, 3.5)
  })

  it('is the two-sided t test when two groups are compared', () => {
    expect(fTail(2.5 ** 2, 1, 7)).toBeCloseTo(2 * (1 - tCdf(2.5, 7)), 10)
  })
})

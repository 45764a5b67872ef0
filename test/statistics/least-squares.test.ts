import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dot, leastSquares } from '../../src/statistics/least-squares.ts'

describe('least squares', () => {
  it('finds the line that numpy.linalg.lstsq finds', () => {
    const fit = leastSquares(
      [
        [1, 0],
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [-1, 0.2, 0.9, 2.1],
    )
    expect(fit?.coefficients_K[0]).toBeCloseTo(-0.95)
    expect(fit?.coefficients_K[1]).toBeCloseTo(1)
    // 1/n + (x - mean)^2 / sum of squares
    expect(fit?.leverage([1, 5])).toBeCloseTo(0.25 + 3.5 ** 2 / 5)
  })

  it('finds columns that depend on each other, and too few rows', () => {
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 4],
          [3, 6],
        ],
        [1, 2, 3],
      ),
    ).toBeUndefined()
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 3],
        ],
        [1, 2],
      ),
    ).toBeUndefined()
    expect(leastSquares([], [])).toBeUndefined()
  })

  it('says how far each row is missed by the fit without it', () => {
    const number = fc.integer({ min: -10, max: 10 })
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 9 }), (points) => {
        const rows = points.map(([x]) => [1, x])
        const y = points.map(([, value]) => value)
        const fit = leastSquares(rows, y)
        for (const [n, row] of rows.entries()) {
          const without = leastSquares(rows.toSpliced(n, 1), y.toSpliced(n, 1))
          if (fit === undefined || without === undefined) continue
          const miss = (y[n] as number) - dot(row, without.coefficients_K)
          const said = fit.leftOut_N[n] as number
          // Far points are extrapolated with a large error of rounding.
          if (Math.abs(miss) < 1e3) expect(said).toBeCloseTo(miss, 3)
        }
      }),
    )
  })
})

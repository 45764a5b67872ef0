import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { cmaStart, cmaUpdated, coloured, defaultPopulation } from '../../src/statistics/cma-es.ts'
import { symmetricEigen } from '../../src/statistics/symmetric-eigen.ts'

describe('eigenvalues of a symmetric matrix', () => {
  it('are those of a matrix that has a closed form', () => {
    // Second differences: 2 - 2 cos(k pi / (n + 1)).
    const n = 12
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    )
    const values = [...symmetricEigen(rows).values_D].sort((a, b) => a - b)
    for (const [k, value] of values.entries()) expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / 13), 12)
  })

  it('come with vectors that make the matrix again', () => {
    const rng = rngFor(1, 'matrix')
    const half = Array.from({ length: 7 }, () => Array.from({ length: 7 }, () => rng.normal()))
    const rows = half.map((a) => half.map((b) => a.reduce((sum, x, k) => sum + x * (b[k] as number), 0)))
    const { values_D, vectors_DD } = symmetricEigen(rows)
    for (const [i, row] of rows.entries()) {
      for (const [j, x] of row.entries()) {
        const again = values_D.reduce(
          (sum, value, k) => sum + value * (vectors_DD[i]?.[k] as number) * (vectors_DD[j]?.[k] as number),
          0,
        )
        expect(again).toBeCloseTo(x, 10)
      }
    }
  })
})

function minimum(f: (x: readonly number[]) => number, dimensions: number, evaluations: number): number {
  let state = cmaStart(
    Array.from({ length: dimensions }, () => 0),
    0.5,
  )
  const rng = rngFor(3, 'cma')
  let best = Number.POSITIVE_INFINITY
  for (let spent = 0; spent < evaluations; ) {
    const members = Array.from({ length: defaultPopulation(dimensions) }, () => {
      const y_D = coloured(
        state,
        state.mean_D.map(() => rng.normal()),
      )
      const loss = f(state.mean_D.map((m, i) => m + state.sigma * (y_D[i] as number)))
      best = Math.min(best, loss)
      spent++
      return { y_D, loss }
    })
    state = cmaUpdated(state, members)
  }
  return best
}

describe('CMA-ES', () => {
  it('has the default population of the tutorial', () => {
    expect([1, 2, 5, 10, 20].map(defaultPopulation)).toEqual([4, 6, 8, 10, 12])
  })

  it('learns an ellipsoid with axes of 1 to 1000, which needs the covariance', () => {
    const ellipsoid = (x: readonly number[]) => x.reduce((sum, v, i) => sum + 1e6 ** (i / 4) * (v - 0.7) ** 2, 0)
    expect(minimum(ellipsoid, 5, 2500)).toBeLessThan(1e-8)
  })

  it('follows the valley of Rosenbrock', () => {
    const valley = (x: readonly number[]) =>
      x.slice(1).reduce((sum, v, i) => sum + 100 * (v - (x[i] as number) ** 2) ** 2 + (1 - (x[i] as number)) ** 2, 0)
    expect(minimum(valley, 4, 4000)).toBeLessThan(1e-8)
  })

  it('lives through infinite losses and generations that lack members', () => {
    let state = cmaStart([0.5, 0.5], 0.3)
    const members = [
      { y_D: [1, 0], loss: Number.POSITIVE_INFINITY },
      { y_D: [0, 1], loss: Number.POSITIVE_INFINITY },
    ]
    for (let i = 0; i < 30; i++) state = cmaUpdated(state, members)
    expect([...state.mean_D, state.sigma, ...state.eigen.values_D].every(Number.isFinite)).toBe(true)
  })
})

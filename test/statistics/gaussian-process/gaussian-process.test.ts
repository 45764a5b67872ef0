import { describe, expect, it } from 'vitest'
import { rngFor } from '../../../src/base/rng.ts'
import { minimize } from '../../../src/statistics/gaussian-process/bounded-lbfgs.ts'
import { factor, inverse, logDeterminant, solve } from '../../../src/statistics/gaussian-process/cholesky.ts'
import { JITTER, MEAN_VARIANCE, negativeLogPosterior } from '../../../src/statistics/gaussian-process/evidence.ts'
import { defaultPriors, fitGaussianProcess } from '../../../src/statistics/gaussian-process/fit.ts'
import {
  type DimensionKind,
  matern,
  maternSlope,
  squaredDistance,
} from '../../../src/statistics/gaussian-process/kernel.ts'
import { observationsOf } from '../../../src/statistics/gaussian-process/observations.ts'
import { posteriorOf as factoredPosterior } from '../../../src/statistics/gaussian-process/posterior.ts'

function there<T>(it: T | undefined): T {
  if (it === undefined) throw new Error('The covariance was not positive definite.')
  return it
}

const posteriorOf = (...given: Parameters<typeof factoredPosterior>) => there(factoredPosterior(...given))

const PLAIN = { centre: 0, unit: 1 }

function uniforms(n: number, name: string): Float64Array {
  const rng = rngFor(1, name)
  return Float64Array.from({ length: n }, () => rng.uniform())
}

describe('Cholesky', () => {
  it('factors the textbook matrix', () => {
    const a = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98)
    expect(factor(a, 3)).toBe(true)
    expect([0, 3, 4, 6, 7, 8].map((i) => a[i])).toEqual([2, 6, 1, -8, 5, 3])
    expect(logDeterminant(a, 3)).toBeCloseTo(Math.log(36), 12)
    const x = Float64Array.of(1, 2, 3)
    solve(a, x)
    expect([
      4 * (x[0] as number) + 12 * (x[1] as number) - 16 * (x[2] as number),
      -16 * (x[0] as number) - 43 * (x[1] as number) + 98 * (x[2] as number),
    ]).toEqual([expect.closeTo(1, 9), expect.closeTo(3, 9)])
    const inverted = inverse(a, 3)
    expect(inverted[0]).toBeCloseTo((37 * 98 - 43 * 43) / 36, 9)
    expect(inverted[5]).toBeCloseTo(inverted[7] as number, 12)
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(factor(Float64Array.of(1, 2, 2, 1), 2)).toBe(false)
    expect(factor(Float64Array.of(Number.NaN), 1)).toBe(false)
  })
})

describe('the kernel', () => {
  it('is 1 at no distance, falls, and has the slope of its finite differences', () => {
    expect(matern(0)).toBe(1)
    expect(matern(1)).toBeCloseTo((1 + Math.sqrt(5) + 5 / 3) * Math.exp(-Math.sqrt(5)), 14)
    for (const r2 of [0.01, 0.5, 3]) {
      expect(maternSlope(r2)).toBeCloseTo((matern(r2 + 1e-6) - matern(r2 - 1e-6)) / 2e-6, 7)
    }
  })

  it('counts differing categories as one apart, and absent values as beside the range', () => {
    expect(squaredDistance('categorical', 2, 5)).toBe(1)
    expect(squaredDistance('categorical', 2, 2)).toBe(0)
    expect(squaredDistance('ordered', 0.2, 0.5)).toBeCloseTo(0.09, 14)
    expect(squaredDistance('ordered', Number.NaN, Number.NaN)).toBe(0)
    expect(squaredDistance('ordered', Number.NaN, 1)).toBe(0.5)
    expect(squaredDistance('categorical', Number.NaN, 1)).toBe(1)
  })
})

describe('the posterior', () => {
  const kernel = { kinds_D: ['ordered'] as DimensionKind[], weights_D: Float64Array.of(4), signalVariance: 2 }

  it('of one point is what one divides by hand', () => {
    const data = observationsOf(kernel.kinds_D, Float64Array.of(0.5), [[1, 3]])
    const posterior = posteriorOf(data, { kernel, noiseVariance: 0.6 }, PLAIN)
    const { means_M, variances_M } = posterior.marginals(Float64Array.of(0.5, 0.75))
    const k = 2 * matern(4 * 0.0625) + MEAN_VARIANCE
    const own = 2 * (1 + JITTER) + MEAN_VARIANCE + 0.6 / 2
    expect(means_M[0]).toBeCloseTo((3 / own) * 2, 12)
    expect(means_M[1]).toBeCloseTo((k / own) * 2, 12)
    expect(variances_M[1]).toBeCloseTo(3 - (k * k) / own, 12)
  })

  it('passes through values without noise', () => {
    const points = Float64Array.of(0, 0.3, 1)
    const data = observationsOf(kernel.kinds_D, points, [[1], [-2], [5]])
    const posterior = posteriorOf(data, { kernel, noiseVariance: 1e-12 }, PLAIN)
    const { means_M, variances_M } = posterior.marginals(points)
    expect([...means_M].map((mean) => Math.round(mean * 1e5) / 1e5)).toEqual([1, -2, 5])
    for (const variance of variances_M) expect(variance).toBeLessThan(1e-6)
  })

  it('has slopes that agree with finite differences, also beside an absent value', () => {
    const kinds: DimensionKind[] = ['ordered', 'categorical', 'ordered']
    const wide = { kinds_D: kinds, weights_D: Float64Array.of(3, 1, 2), signalVariance: 1.5 }
    const points = Float64Array.of(0.1, 0, 0.2, 0.9, 1, Number.NaN, 0.4, 0, 0.8)
    const data = observationsOf(kinds, points, [[1], [2], [-1]])
    const posterior = posteriorOf(data, { kernel: wide, noiseVariance: 0.1 }, { centre: 3, unit: 2 })
    const at = Float64Array.of(0.3, 1, 0.6)
    const found = posterior.marginalWithSlopes(at)
    const plain = posterior.marginals(at)
    expect(found.mean).toBeCloseTo(plain.means_M[0] as number, 12)
    expect(found.variance).toBeCloseTo(plain.variances_M[0] as number, 12)
    for (const d of [0, 2]) {
      const moved = (by: number) => posterior.marginals(at.map((x, i) => (i === d ? x + by : x)))
      const [up, down] = [moved(1e-5), moved(-1e-5)]
      expect(found.meanSlopes_D[d]).toBeCloseTo(((up.means_M[0] as number) - (down.means_M[0] as number)) / 2e-5, 6)
      expect(found.varianceSlopes_D[d]).toBeCloseTo(
        ((up.variances_M[0] as number) - (down.variances_M[0] as number)) / 2e-5,
        6,
      )
    }
    expect(found.meanSlopes_D[1]).toBe(0)
  })

  it('of the joint has the marginals on its diagonal, and is symmetric', () => {
    const data = observationsOf(kernel.kinds_D, uniforms(6, 'x'), [[1], [2], [3], [1], [0], [5]])
    const posterior = posteriorOf(data, { kernel, noiseVariance: 0.2 }, { centre: 1, unit: 3 })
    const asked = Float64Array.of(0.2, 0.21, 0.9)
    const { covariance_MM, means_M } = posterior.joint(asked)
    const marginals = posterior.marginals(asked)
    expect([...means_M]).toEqual([...marginals.means_M])
    for (const m of [0, 1, 2]) expect(covariance_MM[m * 4]).toBeCloseTo(marginals.variances_M[m] as number, 6)
    expect(covariance_MM[1]).toBe(covariance_MM[3])
    expect(
      (covariance_MM[1] as number) / Math.sqrt((covariance_MM[0] as number) * (covariance_MM[4] as number)),
    ).toBeGreaterThan(0.9)
  })

  it('left out one by one is the posterior of the others', () => {
    const points = uniforms(5, 'loo')
    const values = [[1, 2], [2], [-1], [0.5], [3]]
    const posterior = posteriorOf(observationsOf(kernel.kinds_D, points, values), { kernel, noiseVariance: 0.3 }, PLAIN)
    const { means_N, variances_N } = posterior.leaveOneOut()
    const others = observationsOf(kernel.kinds_D, points.slice(1), values.slice(1))
    const { means_M, variances_M } = posteriorOf(others, { kernel, noiseVariance: 0.3 }, PLAIN).marginals(
      points.slice(0, 1),
    )
    expect(means_N[0]).toBeCloseTo(means_M[0] as number, 6)
    expect(variances_N[0]).toBeCloseTo((variances_M[0] as number) + 0.3 / 2, 6)
  })

  it('with points under way keeps its means and has the variances of one that has seen them', () => {
    const points = Float64Array.of(0.1, 0.8)
    const posterior = posteriorOf(
      observationsOf(kernel.kinds_D, points, [[1], [2]]),
      { kernel, noiseVariance: 0.3 },
      PLAIN,
    )
    const pending = Float64Array.of(0.5, 0.3)
    const asked = Float64Array.of(0.5, 0.95)
    const believed = posterior.withPending(pending).marginals(asked)
    const all = Float64Array.of(...points, ...pending)
    const expected = [...posterior.marginals(pending).means_M].map((mean) => [mean])
    const seen = posteriorOf(
      observationsOf(kernel.kinds_D, all, [[1], [2], ...expected]),
      { kernel, noiseVariance: 0.3 },
      PLAIN,
    )
    for (const m of [0, 1]) {
      expect(believed.means_M[m]).toBeCloseTo(posterior.marginals(asked).means_M[m] as number, 12)
      expect(believed.means_M[m]).toBeCloseTo(seen.marginals(asked).means_M[m] as number, 9)
      expect(believed.variances_M[m]).toBeCloseTo(seen.marginals(asked).variances_M[m] as number, 9)
    }
  })
})

describe('the density of the hyperparameters', () => {
  it('has the gradient of its finite differences', () => {
    const kinds: DimensionKind[] = ['ordered', 'categorical', 'ordered']
    const points = uniforms(36, 'p').map((x, i) => (i % 3 === 1 ? Math.floor(x * 3) : x))
    points[2] = Number.NaN
    const noise = rngFor(2, 'v')
    const values = Array.from({ length: 12 }, (_, n) => Array.from({ length: 1 + (n % 3) }, () => noise.normal()))
    const objective = negativeLogPosterior(observationsOf(kinds, points, values), defaultPriors(3))
    const theta = Float64Array.of(-0.5, 0.3, 0.1, 0.2, -1)
    const gradient = new Float64Array(5)
    objective(theta, gradient)
    const ignored = new Float64Array(5)
    for (let p = 0; p < 5; p++) {
      const moved = (by: number) =>
        objective(
          theta.map((t, i) => (i === p ? t + by : t)),
          ignored,
        )
      expect(gradient[p]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5)
    }
  })

  it('learns the noise from replicates, and which dimension matters', () => {
    const rng = rngFor(3, 'fit')
    const points = uniforms(60, 'q')
    const values = Array.from({ length: 30 }, (_, n) => {
      const level = 10 * Math.sin(6 * (points[2 * n] as number))
      return Array.from({ length: 4 }, () => level + 2 * rng.normal())
    })
    const fitted = there(fitGaussianProcess(observationsOf(['ordered', 'ordered'], points, values)))
    expect(Math.sqrt(fitted.noiseVariance)).toBeGreaterThan(1.6)
    expect(Math.sqrt(fitted.noiseVariance)).toBeLessThan(2.4)
    expect(fitted.lengthScales_D[1]).toBeGreaterThan(5 * (fitted.lengthScales_D[0] as number))
    const { means_M } = fitted.marginals(Float64Array.of(0.26, 0.5))
    expect(means_M[0]).toBeGreaterThan(8)
  })

  it('expects the length scales where their log-normal density in many dimensions is largest', () => {
    const D = 9
    const [mu, variance] = [Math.SQRT2 + Math.log(D) / 2, 3]
    const density = (l: number) => Math.exp(-((Math.log(l) - mu) ** 2) / (2 * variance)) / l
    const mode = Math.exp(defaultPriors(D).lengthScale.mean)
    for (const by of [0.9, 1.1]) expect(density(mode)).toBeGreaterThan(density(mode * by))
  })

  it.each([1, 2, 5])('copes with %i points in nine dimensions, also when all values are the same', (n) => {
    const kinds = Array.from({ length: 9 }, (): DimensionKind => 'ordered')
    const points = uniforms(9 * n, 'few')
    for (const values of [Array.from({ length: n }, () => [7]), Array.from({ length: n }, (_, i) => [i * 1e6])]) {
      const { means_M, variances_M } = there(fitGaussianProcess(observationsOf(kinds, points, values))).marginals(
        points,
      )
      for (const mean of means_M) expect(Number.isFinite(mean)).toBe(true)
      for (const variance of variances_M) expect(variance).toBeGreaterThan(0)
    }
  })
})

describe('the optimiser', () => {
  it('finds the minimum of Rosenbrock, and the edge where the box cuts it off', () => {
    const rosenbrock = (x: Float64Array, g: Float64Array) => {
      const [a, b] = [x[0] as number, x[1] as number]
      g[0] = -2 * (1 - a) - 400 * a * (b - a * a)
      g[1] = 200 * (b - a * a)
      return (1 - a) ** 2 + 100 * (b - a * a) ** 2
    }
    const box = (top: number) => ({
      lower_P: Float64Array.of(-2, -2),
      upper_P: Float64Array.of(top, 2),
      iterations: 200,
      tolerance: 1e-12,
    })
    const free = minimize(rosenbrock, Float64Array.of(-1.2, 1), box(2))
    expect(free.x_P[0]).toBeCloseTo(1, 4)
    const cut = minimize(rosenbrock, Float64Array.of(-1.2, 1), box(0.5))
    expect(cut.x_P[0]).toBe(0.5)
    expect(cut.x_P[1]).toBeCloseTo(0.25, 4)
  })
})

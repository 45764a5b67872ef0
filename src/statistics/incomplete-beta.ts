import { gammaln } from 'simple-statistics'

const TINY = 1e-300
const PRECISION = 1e-15
const MOST_TERMS = 10_000

/**
 * The regularized incomplete beta function I_x(a, b): the chance that a Beta(a, b) variable is below `x`.
 * Relative error about 1e-12 for a, b up to 1e5; both must be above 0.
 *
 * @source Press et al., "Numerical recipes", 3rd edition, 6.4: continued fraction by the modified Lentz method.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x + a + b)) return Number.NaN
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x))
  // The fraction converges fast only on this side of the mean; the other side is its mirror image.
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b
}

function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return result
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

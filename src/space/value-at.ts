import { assertNever } from '../base/errors.ts'
import { betaQuantile } from './beta.ts'
import type { Domain, ParamValue } from './domain.ts'
import { normalQuantile } from './normal.ts'

/** Keeps quantiles of unbounded distributions finite; the smallest step of {@link Rng.uniform} is 2^-53. */
const EDGE = 2 ** -54

/** Distributions whose values are numbers on a continuous scale before any rounding. */
type Continuous = Exclude<
  Domain,
  { distribution: 'constant' | 'categorical' | 'categorical_w_probabilities' | 'int_uniform' }
>

/**
 * The value at quantile `u` of a domain: the inverse of its cumulative distribution, as W&B defines it.
 * Never falls when `u` grows (lists count as ordered by index).
 *
 * Two edge cases of W&B are not copied: at `u` = 0 it gives the last value of a list, and `min - 1` of an integer range;
 * here it is the first value and `min`. Quantised values may leave [min, max] by rounding, as there.
 *
 * @param u 0 to 1, both included
 */
export function valueAt(domain: Domain, u: number): ParamValue {
  switch (domain.distribution) {
    case 'constant':
      return domain.value
    case 'categorical':
      return domain.values[indexAt(u, domain.values.length)] as ParamValue
    case 'categorical_w_probabilities':
      return domain.values[weightedIndexAt(u, domain.probabilities)] as ParamValue
    case 'int_uniform':
      return domain.min + indexAt(u, domain.max - domain.min + 1)
    default:
      return 'q' in domain ? roundedTo(domain.q, continuousAt(domain, u)) : continuousAt(domain, u)
  }
}

/** W&B's `ceil(u * n) - 1`, with 0 instead of -1 at `u` = 0. */
export function indexAt(u: number, n: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(u * n) - 1))
}

/** The first index whose cumulated probability is above `u`; at the top, the last one that is possible at all. */
function weightedIndexAt(u: number, probabilities: readonly number[]): number {
  let sum = 0
  for (const [i, p] of probabilities.entries()) {
    sum += p
    if (u < sum) return i
  }
  return probabilities.findLastIndex((p) => p > 0)
}

function continuousAt(domain: Continuous, u: number): number {
  const linear = (min: number, max: number) => Math.min(max, Math.max(min, min + u * (max - min)))
  switch (domain.distribution) {
    case 'uniform':
    case 'q_uniform':
      return linear(domain.min, domain.max)
    case 'log_uniform':
    case 'q_log_uniform':
      return Math.exp(linear(domain.min, domain.max))
    case 'inv_log_uniform':
      return 1 / Math.exp(domain.max - u * (domain.max - domain.min))
    case 'log_uniform_values':
    case 'q_log_uniform_values':
    case 'inv_log_uniform_values': {
      const value = Math.exp(linear(Math.log(domain.min), Math.log(domain.max)))
      return Math.min(domain.max, Math.max(domain.min, value))
    }
    case 'normal':
    case 'q_normal':
      return domain.mu + domain.sigma * finiteNormal(u)
    case 'log_normal':
    case 'q_log_normal':
      return Math.exp(domain.mu + domain.sigma * finiteNormal(u))
    case 'beta':
    case 'q_beta':
      return betaQuantile(u, domain.a, domain.b)
    default:
      return assertNever(domain)
  }
}

function finiteNormal(u: number): number {
  return normalQuantile(Math.min(1 - EDGE * 2, Math.max(EDGE, u)))
}

/** Python's and NumPy's rule: a half goes to the even neighbour. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

function roundedTo(q: number, x: number): number {
  const value = roundHalfEven(x / q) * q
  return value === 0 ? 0 : value
}

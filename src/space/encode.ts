import { assertNever } from '../base/errors.ts'
import { betaCdf } from './beta.ts'
import type { Domain, ParamValue } from './domain.ts'
import { normalCdf } from './normal.ts'
import { valueKey } from './params-key.ts'

/**
 * Where a value lies in its domain, as a quantile in [0, 1]: `valueAt(domain, encode(domain, v))` is `v` again (up to
 * rounding on continuous scales). A choice gets the middle of its share; a constant, which has no scale, 0.5.
 *
 * @returns undefined for a value that the domain does not have
 */
export function encode(domain: Domain, value: ParamValue): number | undefined {
  switch (domain.distribution) {
    case 'constant':
      return valueKey(value) === valueKey(domain.value) ? 0.5 : undefined
    case 'categorical':
      return shareOf(domain.values, value, equalShares(domain.values.length))
    case 'categorical_w_probabilities':
      return shareOf(domain.values, value, domain.probabilities)
    case 'int_uniform': {
      if (typeof value !== 'number' || value < domain.min || value > domain.max) return undefined
      return (value - domain.min + 0.5) / (domain.max - domain.min + 1)
    }
    default: {
      if (typeof value !== 'number' || Number.isNaN(value)) return undefined
      const u = cdf(domain, value)
      return Number.isNaN(u) ? undefined : Math.min(1, Math.max(0, u))
    }
  }
}

function equalShares(n: number): number[] {
  return Array.from({ length: n }, () => 1 / n)
}

function shareOf(values: readonly ParamValue[], value: ParamValue, shares: readonly number[]): number | undefined {
  const key = valueKey(value)
  const index = values.findIndex((v, i) => (shares[i] as number) > 0 && valueKey(v) === key)
  if (index === -1) return undefined
  const before = shares.slice(0, index).reduce((sum, share) => sum + share, 0)
  return before + (shares[index] as number) / 2
}

function cdf(
  domain: Exclude<Domain, { distribution: 'constant' | 'categorical' | 'categorical_w_probabilities' | 'int_uniform' }>,
  x: number,
): number {
  // Rounding may have put a quantised value below the range, where a logarithm does not exist.
  const log = (value: number) => (value <= 0 ? Number.NEGATIVE_INFINITY : Math.log(value))
  const share = (value: number, min: number, max: number) => (value - min) / (max - min)
  switch (domain.distribution) {
    case 'uniform':
    case 'q_uniform':
      return share(x, domain.min, domain.max)
    case 'log_uniform':
    case 'q_log_uniform':
      return share(log(x), domain.min, domain.max)
    case 'inv_log_uniform':
      return 1 - share(-log(x), domain.min, domain.max)
    case 'log_uniform_values':
    case 'q_log_uniform_values':
    case 'inv_log_uniform_values':
      return share(log(x), Math.log(domain.min), Math.log(domain.max))
    case 'normal':
    case 'q_normal':
      return domain.sigma === 0 ? 0.5 : normalCdf((x - domain.mu) / domain.sigma)
    case 'log_normal':
    case 'q_log_normal':
      return domain.sigma === 0 ? 0.5 : normalCdf((log(x) - domain.mu) / domain.sigma)
    case 'beta':
    case 'q_beta':
      return betaCdf(x, domain.a, domain.b)
    default:
      return assertNever(domain)
  }
}

import { type Interval, type PooledVariance, tInterval } from './intervals.ts'
import { tCdf } from './student-t.ts'
import { summarize } from './summary.ts'

/** The mean of differences, its interval and the chance of one at least as large if there were none (two-sided). */
export interface PairedComparison extends Interval {
  readonly n: number
  /** NaN for fewer than two pairs. */
  readonly p: number
}

export interface PairedTestOptions {
  /** @default 0.95 */
  readonly confidence?: number
  /**
   * Variance of the differences where more is known of it than these few say. @default their own, with n - 1 degrees
   * of freedom
   */
  readonly noise?: PooledVariance
}

/**
 * Paired t test.
 *
 * @param differences one a pair, such as the same seed under two configurations
 */
export function pairedTTest(differences: readonly number[], options: PairedTestOptions = {}): PairedComparison {
  const { n, mean, sd } = summarize(differences)
  const { confidence = 0.95, noise = { variance: sd ** 2, df: n - 1 } } = options
  const standardError = Math.sqrt(noise.variance / n)
  const interval = tInterval(mean, { standardError, df: noise.df }, confidence)
  if (n < 2) return { ...interval, n, p: Number.NaN }
  if (standardError === 0) return { ...interval, n, p: mean === 0 ? 1 : 0 }
  return { ...interval, n, p: 2 * tCdf(-Math.abs(mean) / standardError, noise.df) }
}

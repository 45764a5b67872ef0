import { type Interval, tInterval } from './intervals.ts'
import { tCdf } from './student-t.ts'
import { summarize } from './summary.ts'

/** The mean of differences, its interval and the chance of one at least as large if there were none (two-sided). */
export interface PairedComparison extends Interval {
  readonly n: number
  /** NaN for fewer than two pairs. */
  readonly p: number
}

/**
 * Paired t test.
 *
 * @param differences one a pair, such as the same seed under two configurations
 */
export function pairedTTest(differences: readonly number[], confidence = 0.95): PairedComparison {
  const { n, mean, sd } = summarize(differences)
  const standardError = sd / Math.sqrt(n)
  const interval = tInterval(mean, { standardError, df: n - 1 }, confidence)
  if (n < 2) return { ...interval, n, p: Number.NaN }
  if (standardError === 0) return { ...interval, n, p: mean === 0 ? 1 : 0 }
  return { ...interval, n, p: 2 * tCdf(-Math.abs(mean) / standardError, n - 1) }
}

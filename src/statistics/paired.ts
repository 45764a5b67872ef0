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

/** Above this many pairs all 2^n sign patterns are too many; the t test is good there anyway. */
const MOST_PAIRS = 18

/**
 * Exact sign-flip test: the share of all 2^n ways to swap the sides of the pairs whose mean is at least as far from 0.
 * Assumes nothing of the distribution. With 3 pairs no p below 0.25 is possible, with 6 none below 0.03.
 *
 * @returns NaN for no pairs or more than 18
 */
export function signFlipTest(differences: readonly number[]): number {
  const n = differences.length
  if (n === 0 || n > MOST_PAIRS) return Number.NaN
  const size = differences.reduce((sum, difference) => sum + Math.abs(difference), 0)
  const seen = Math.abs(differences.reduce((sum, difference) => sum + difference, 0))
  let asExtreme = 0
  for (let pattern = 0; pattern < 2 ** n; pattern++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += (pattern >> i) & 1 ? -(differences[i] as number) : (differences[i] as number)
    if (Math.abs(sum) >= seen - 1e-12 * size) asExtreme++
  }
  return asExtreme / 2 ** n
}

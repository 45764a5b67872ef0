import { mean, sumNthPowerDeviations } from 'simple-statistics'
import { tQuantile } from './student-t.ts'

/** An estimate and where the true value lies with the stated confidence. Ends are infinite when nothing can be said. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** A variance and the degrees of freedom behind it; `variance` is NaN when `df` is 0. */
export interface PooledVariance {
  readonly variance: number
  readonly df: number
}

/** @returns estimate ± t * standardError; no bounds when there are no degrees of freedom */
export function tInterval(
  estimate: number,
  error: { readonly standardError: number; readonly df: number },
  confidence = 0.95,
): Interval {
  if (!(error.df > 0) || Number.isNaN(error.standardError)) {
    return { estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  }
  const half = tQuantile(1 - (1 - confidence) / 2, error.df) * error.standardError
  return { estimate, low: estimate - half, high: estimate + half }
}

/**
 * The variance inside groups, pooled over all of them: with three seeds a configuration has two degrees of freedom
 * alone, twelve such configurations have 24 together. Assumes that the noise is about the same everywhere.
 */
export function pooledVariance(groups: readonly (readonly number[])[]): PooledVariance {
  const filled = groups.filter((group) => group.length > 0)
  const df = filled.reduce((sum, group) => sum + group.length - 1, 0)
  const squares = filled.reduce((sum, group) => sum + sumNthPowerDeviations([...group], 2), 0)
  return { variance: df === 0 ? Number.NaN : squares / df, df }
}

/** How much of the spread lies between groups and how much inside them. */
export interface VarianceComponents {
  /** Standard deviation inside groups; NaN when no group has two values. */
  readonly within: number
  /** Standard deviation of the groups' true means, noise taken out; 0 when the means differ no more than noise makes them. */
  readonly between: number
}

/** @source one-way random effects analysis of variance, method of moments (Searle et al. 1992, 3.3) */
export function varianceComponents(groups: readonly (readonly number[])[]): VarianceComponents {
  const filled = groups.filter((group) => group.length > 0)
  const pooled = pooledVariance(filled)
  const all = filled.flat()
  const within = Math.sqrt(pooled.variance)
  if (filled.length < 2 || pooled.df === 0) return { within, between: Number.NaN }
  const grand = mean(all)
  const squares = filled.reduce((sum, group) => sum + group.length * (mean([...group]) - grand) ** 2, 0)
  const evenSize =
    (all.length - filled.reduce((sum, group) => sum + group.length ** 2, 0) / all.length) / (filled.length - 1)
  const between = (squares / (filled.length - 1) - pooled.variance) / evenSize
  return { within, between: Math.sqrt(Math.max(0, between)) }
}

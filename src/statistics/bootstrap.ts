import type { Rng } from '../base/rng.ts'
import type { Interval } from './intervals.ts'
import { quantiles } from './summary.ts'

export interface BootstrapOptions {
  readonly rng: Rng
  /** @default 2000 */
  readonly resamples?: number
  /** @default 0.95 */
  readonly confidence?: number
}

/**
 * Percentile bootstrap of any statistic: draws with replacement, again and again, and reads the interval off the
 * answers. Too narrow below about ten items; use a t interval there.
 *
 * @source Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapter 13
 */
export function bootstrapInterval<T>(
  items: readonly T[],
  statistic: (items: readonly T[]) => number,
  options: BootstrapOptions,
): Interval {
  const { rng, resamples = 2000, confidence = 0.95 } = options
  const estimate = statistic(items)
  const draws = Array.from({ length: resamples }, () =>
    statistic(items.map(() => items[rng.below(items.length)] as T)),
  ).filter(Number.isFinite)
  const [low, high] = quantiles(draws, [(1 - confidence) / 2, (1 + confidence) / 2]) as [number, number]
  return { estimate, low, high }
}

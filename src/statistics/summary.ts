import { max, mean, median, min, quantile, sampleStandardDeviation } from 'simple-statistics'

/** What a handful of numbers looks like. All NaN (and n = 0) for an empty list. */
export interface Summary {
  readonly n: number
  readonly mean: number
  /** Sample standard deviation, divided by n - 1; NaN for fewer than two values. */
  readonly sd: number
  readonly min: number
  readonly median: number
  readonly max: number
}

export function summarize(values: readonly number[]): Summary {
  const list = [...values]
  if (list.length === 0) {
    return { n: 0, mean: Number.NaN, sd: Number.NaN, min: Number.NaN, median: Number.NaN, max: Number.NaN }
  }
  const sd = list.length < 2 ? Number.NaN : sampleStandardDeviation(list)
  return { n: list.length, mean: mean(list), sd, min: min(list), median: median(list), max: max(list) }
}

/** @returns the mean, NaN for an empty list (simple-statistics throws there) */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : mean([...values])
}

/** @returns the values below which each share of `shares` (0 to 1) lies; NaN for an empty list */
export function quantiles(values: readonly number[], shares: readonly number[]): number[] {
  const list = [...values]
  return shares.map((share) => (list.length === 0 ? Number.NaN : quantile(list, share)))
}

import type { Rng } from '../base/rng.ts'

// Larger is better everywhere in this file; negate what is minimised.

/**
 * Expected largest of `n` of these values, drawn without replacement: what a search of `n` would have found.
 *
 * Unbiased, where the estimator of Dodge et al. draws with replacement and so falls short of the true expectation.
 *
 * @param n 1 to the number of values
 * @source Dodge et al. 2019 ("Show your work") for the question; Tang et al. 2020 ("Showing your work doesn't always
 * work") for the bias, and the U-statistic that has none
 */
export function expectedBestOf(values: readonly number[], n: number): number {
  const sorted = [...values].sort((a, b) => b - a)
  // Chance that the largest is the i-th: the larger ones are not among the n. Found by multiplication from the first on.
  let left = 1
  let sum = 0
  for (const [i, value] of sorted.entries()) {
    const chance = (left * n) / (sorted.length - i)
    sum += Math.min(left, chance) * value
    left -= chance
    if (left <= 1e-15) break
  }
  return sum
}

/** An estimate with the range that resampling the values gives it, 95 %. */
export interface Resampled {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 200

/** {@link expectedBestOf} for each of `sizes`, with percentile intervals of a bootstrap over the values. */
export function expectedBestCurve(values: readonly number[], sizes: readonly number[], rng: Rng): Resampled[] {
  const samples = Array.from({ length: RESAMPLES }, () => resample(values, rng))
  return sizes.map((n) =>
    within(
      expectedBestOf(values, n),
      samples.map((sample) => expectedBestOf(sample, n)),
    ),
  )
}

/** Fewer values say nothing of the tail. */
export const FEWEST_FOR_TAIL = 20
/** What is asked of the values to come. */
export interface Further {
  readonly more: number
  /** @default the largest of the values */
  readonly best?: number
}

const TAIL_SHARE = 0.25
const FEWEST_IN_TAIL = 10

/**
 * How much `more` further values like these are expected to improve on `best`; NaN for fewer than 20 values.
 *
 * The values above a threshold follow a generalised Pareto distribution, which is carried on beyond the largest. Its
 * shape is kept between -1 (a hard end) and 0: metrics are bounded where they are best (an accuracy at 1, a loss at 0).
 *
 * @source Pickands 1975; probability-weighted moments of Hosking and Wallis 1987, section 3
 */
export function expectedImprovement(values: readonly number[], { more, best = Math.max(...values) }: Further): number {
  if (values.length < FEWEST_FOR_TAIL) return Number.NaN
  return beyond(tailOf(values), best, more)
}

/** The same with an interval: the tail is fitted again to resampled values, the largest stays what it is. */
export function expectedImprovementInterval(values: readonly number[], further: Further, rng: Rng): Resampled {
  const { more, best = Math.max(...values) } = further
  const estimate = expectedImprovement(values, further)
  if (Number.isNaN(estimate)) return { estimate, low: Number.NaN, high: Number.NaN }
  const others = Array.from({ length: RESAMPLES }, () => beyond(tailOf(resample(values, rng)), best, more))
  return within(estimate, others)
}

interface Tail {
  readonly threshold: number
  /** Share of the values above the threshold. */
  readonly share: number
  /** -1 to 0. */
  readonly shape: number
  readonly scale: number
}

function tailOf(values: readonly number[]): Tail {
  const sorted = [...values].sort((a, b) => a - b)
  const k = Math.max(FEWEST_IN_TAIL, Math.ceil(TAIL_SHARE * sorted.length))
  const threshold = sorted[sorted.length - k - 1] as number
  const excess = sorted.slice(-k).map((value) => value - threshold)
  const mean = excess.reduce((sum, z) => sum + z, 0) / k
  const weighted = excess.reduce((sum, z, i) => sum + z * (1 - (i + 0.65) / k), 0) / k
  const shape = clamp(2 - mean / (mean - 2 * weighted), -1, 0)
  return { threshold, share: k / sorted.length, shape: Number.isNaN(shape) ? 0 : shape, scale: mean * (1 - shape) || 0 }
}

const STEPS = 400

/** The integral of the chance that the largest of `more` lies above x, from the best on. */
function beyond({ threshold, share, shape, scale }: Tail, best: number, more: number): number {
  if (!(scale > 0)) return 0
  const end = shape < -1e-6 ? threshold - scale / shape : best + 30 * scale
  if (end <= best) return 0
  const above = (x: number) => {
    const z = (x - threshold) / scale
    const survival = shape < -1e-6 ? Math.max(0, 1 + shape * z) ** (-1 / shape) : Math.exp(-z)
    return -Math.expm1(more * Math.log1p(-Math.min(1, share * survival)))
  }
  const step = (end - best) / STEPS
  let sum = 0
  for (let i = 0; i < STEPS; i++) sum += above(best + (i + 0.5) * step)
  return sum * step
}

function resample(values: readonly number[], rng: Rng): number[] {
  return values.map(() => values[rng.below(values.length)] as number)
}

function within(estimate: number, others: readonly number[]): Resampled {
  const sorted = [...others].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
  return { estimate, low: at(0.025), high: at(0.975) }
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x))

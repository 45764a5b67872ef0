// Key: N configurations with a peak, K columns of the design.
import { dot, type LeastSquares, leastSquares } from '../statistics/least-squares.ts'
import { tQuantile } from '../statistics/student-t.ts'
import { type Feature, featuresOf, type ParamsOfAnyTrainer } from './memory-features.ts'

/** A configuration and what it needed. */
export interface Peak {
  readonly params: ParamsOfAnyTrainer
  readonly bytes: number
}

/** What a fitted model says of one configuration. */
export interface Estimate {
  readonly bytes: number
  /** 95 % of such configurations need less, if the model holds. */
  readonly high: number
}

interface Fit {
  readonly family: 'power' | 'sum'
  readonly features: readonly Feature[]
  readonly squares: LeastSquares
  readonly freedom: number
  /** Typical miss of a configuration that the model had not seen, as a share of its peak. */
  readonly miss: number
}

const CONFIDENCE = 0.95
/** A feature must take this share of the miss away, or it is taken for chance. */
const WORTH = 0.2
/** Peaks are not measured better than this, as a share. */
const FINEST = 0.02
/** A second model that misses at most this many times as much has a say in the upper end. */
const COMPARABLE = 2
/** Times the largest peak: nothing above is said, which is more than any reservation can be. */
const BEYOND = 64
/** Half as many columns as configurations at most, and never more than this. */
const MOST_COLUMNS = 8

/**
 * A regression of peaks on what varied among the params.
 *
 * Two shapes are tried: a power law (activations: batch x length x width), and a sum with products (weights that do not
 * depend on the batch, plus what does). Features enter one by one while they improve the prediction of configurations
 * left out. The better shape gives the estimate, and both the upper end: between known configurations they agree,
 * beyond them they do not. Multiplying all peaks, or the numbers of one param, by a constant changes no ratio.
 *
 * @param peaks_N at least 3
 */
export function fitPeaks(peaks_N: readonly Peak[]): (params: ParamsOfAnyTrainer) => Estimate {
  const fits = (['sum', 'power'] as const).map((family) => grow(peaks_N, family)).sort((a, b) => a.miss - b.miss)
  const [best] = fits as [Fit, Fit]
  const heard = fits.filter((fit) => fit.miss <= COMPARABLE * Math.max(best.miss, FINEST))
  const [least, most] = [Math.min(...peaks_N.map(({ bytes }) => bytes)) / 2, BEYOND * largestOf(peaks_N)]
  const sensible = (bytes: number) => Math.min(most, Math.max(least, bytes))
  return (params) => {
    const estimates = heard.map((fit) => estimate(fit, params))
    return {
      bytes: sensible((estimates[0] as Estimate).bytes),
      high: sensible(Math.max(...estimates.map(({ high }) => high))),
    }
  }
}

function largestOf(peaks_N: readonly Peak[]): number {
  return Math.max(...peaks_N.map(({ bytes }) => bytes))
}

function grow(peaks_N: readonly Peak[], family: Fit['family']): Fit {
  const candidates = featuresOf(
    peaks_N.map(({ params }) => params),
    family,
  )
  const most = Math.min(MOST_COLUMNS, Math.floor(peaks_N.length / 2))
  let best = fitted(peaks_N, family, []) as Fit
  while (best.miss > FINEST / 2) {
    const next = candidates
      .filter((it) => !best.features.includes(it))
      .map((it) => fitted(peaks_N, family, [...best.features, it]))
      .filter((it) => it !== undefined && peaks_N.length - it.freedom <= most)
      .reduce((a, b) => (a === undefined || (b !== undefined && b.miss < a.miss) ? b : a), undefined)
    if (next === undefined || next.miss > (1 - WORTH) * best.miss) return best
    best = next
  }
  return best
}

/** The sum is weighted so that a miss counts as a share of the peak, as it does in the logarithm. */
function fitted(peaks_N: readonly Peak[], family: Fit['family'], features: readonly Feature[]): Fit | undefined {
  const rows_NK = peaks_N.map(({ params, bytes }) => design(features, params).map((it) => weighted(it, family, bytes)))
  const squares = leastSquares(
    rows_NK,
    peaks_N.map(({ bytes }) => (family === 'power' ? Math.log(bytes) : 1)),
  )
  if (squares === undefined) return undefined
  const N = peaks_N.length
  const miss = Math.sqrt(squares.leftOut_N.reduce((sum, it) => sum + it * it, 0) / N)
  return Number.isNaN(miss)
    ? undefined
    : { family, features, squares, freedom: N - squares.coefficients_K.length, miss }
}

function weighted(value: number, family: Fit['family'], bytes: number): number {
  return family === 'power' ? value : value / bytes
}

function design(features: readonly Feature[], params: ParamsOfAnyTrainer): number[] {
  return [1, ...features.flatMap((feature) => feature.columns(params))]
}

function estimate({ family, features, squares, freedom, miss }: Fit, params: ParamsOfAnyTrainer): Estimate {
  const row_K = design(features, params)
  const mean = dot(row_K, squares.coefficients_K)
  const spread = tQuantile(CONFIDENCE, freedom) * Math.max(FINEST, miss)
  if (family === 'power') {
    return { bytes: Math.exp(mean), high: Math.exp(mean + spread * Math.sqrt(1 + squares.leverage(row_K))) }
  }
  return { bytes: mean, high: mean + spread * Math.sqrt(mean * mean + squares.leverage(row_K)) }
}

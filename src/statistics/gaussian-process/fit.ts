// Key: D dimensions, N points, P = D + 2 hyperparameters (see evidence.ts).
import { minimize } from './bounded-lbfgs.ts'
import { negativeLogPosterior, type Priors } from './evidence.ts'
import type { Observations } from './observations.ts'
import { type Posterior, posteriorOf, type Scale } from './posterior.ts'

/** A fitted process: what is believed, and with which hyperparameters. */
export interface GaussianProcess extends Posterior {
  readonly lengthScales_D: Float64Array
  /** Variances in squared units of the values; `noiseVariance` is that of one replicate. */
  readonly signalVariance: number
  readonly noiseVariance: number
}

export interface FitOptions {
  /** @default defaultPriors(D) */
  readonly priors?: Priors
  /** Steps of the optimiser; each costs about N^3 operations. @default 40 */
  readonly iterations?: number
}

/**
 * Priors for values of unit variance on [0, 1]^D, all weak.
 *
 * Length scales grow with the root of D, because distances do; so the complexity that is expected does not grow with
 * the dimension, and five points in nine dimensions give a nearly flat function instead of a spiky one. The source has
 * a log-normal density of median exp(sqrt 2) sqrt(D) and takes the scales where the density is largest. Here logarithms
 * are fitted, so their normal prior is centred on the logarithm of that density's mode, which lies the variance, 3,
 * lower: the same optimum. Centred on the median instead, few points would give a flat function and much noise.
 * The noise is anything from nothing to all of the spread: its 95 % range is 0.1 % to 110 % of the variance.
 *
 * @source Hvarfner, Hellsten and Nardi, "Vanilla Bayesian Optimization Performs Great in High Dimensions" (ICML 2024)
 */
export function defaultPriors(dimensions: number): Priors {
  return {
    lengthScale: { mean: Math.SQRT2 - 3 + 0.5 * Math.log(dimensions), deviation: Math.sqrt(3) },
    signalVariance: { mean: 0, deviation: 1 },
    noiseVariance: { mean: Math.log(0.03), deviation: 1.8 },
  }
}

/**
 * A Gaussian process with a Matern 5/2 kernel, one length scale a dimension and independent normal noise, fitted by the
 * largest posterior density of its hyperparameters. A mean of n replicates has the n-th part of the noise variance.
 * Deterministic. N is 1 or more; time grows with N^3.
 *
 * @returns undefined when the covariances cannot be factored, whatever the hyperparameters
 */
export function fitGaussianProcess(observations: Observations, options: FitOptions = {}): GaussianProcess | undefined {
  const D = observations.kinds_D.length
  const scale = scaleOf(observations)
  const standard = standardised(observations, scale)
  const priors = options.priors ?? defaultPriors(D)
  const { value, x_P } = minimize(negativeLogPosterior(standard, priors), startAt(priors, D), {
    lower_P: Float64Array.from({ length: D + 2 }, (_, p) => (p < D ? Math.log(0.01) : Math.log(p === D ? 1e-3 : 1e-6))),
    upper_P: Float64Array.from({ length: D + 2 }, (_, p) => (p < D ? Math.log(1e4) : Math.log(p === D ? 1e3 : 1e2))),
    iterations: options.iterations ?? 40,
    tolerance: 1e-5,
  })
  if (!Number.isFinite(value)) return undefined
  const lengthScales_D = x_P.slice(0, D).map(Math.exp)
  const signalVariance = Math.exp(x_P[D] as number)
  const noiseVariance = Math.exp(x_P[D + 1] as number)
  const kernel = { kinds_D: observations.kinds_D, weights_D: lengthScales_D.map((l) => 1 / (l * l)), signalVariance }
  const posterior = posteriorOf(standard, { kernel, noiseVariance }, scale)
  if (posterior === undefined) return undefined
  const squared = scale.unit ** 2
  return {
    ...posterior,
    lengthScales_D,
    signalVariance: signalVariance * squared,
    noiseVariance: noiseVariance * squared,
  }
}

/** Mean and deviation of the means; a unit of 1 where all are the same. */
function scaleOf({ means_N }: Observations): Scale {
  const centre = means_N.reduce((sum, value) => sum + value, 0) / means_N.length
  const unit = Math.sqrt(means_N.reduce((sum, value) => sum + (value - centre) ** 2, 0) / means_N.length)
  return { centre, unit: unit > 1e-12 * Math.max(1e-300, Math.abs(centre)) && unit > 0 ? unit : 1 }
}

function standardised(observations: Observations, { centre, unit }: Scale): Observations {
  return {
    ...observations,
    means_N: observations.means_N.map((value) => (value - centre) / unit),
    withinSquares: observations.withinSquares / (unit * unit),
  }
}

/** What the priors expect most. */
function startAt(priors: Priors, D: number): Float64Array {
  const start_P = new Float64Array(D + 2).fill(priors.lengthScale.mean)
  start_P[D] = priors.signalVariance.mean
  start_P[D + 1] = priors.noiseVariance.mean
  return start_P
}

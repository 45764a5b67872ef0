// Key: D dimensions, N points, P = D + 2 hyperparameters: the logarithms of the D length scales, of the signal
// variance and of the noise variance of one replicate. C = N(N-1)/2 pairs of points.

import type { Objective } from './bounded-lbfgs.ts'
import { factor, inverse, logDeterminant, solve } from './cholesky.ts'
import { matern, maternSlope, squaredDistance } from './kernel.ts'
import type { Observations } from './observations.ts'

/** A normal prior on the logarithm of a hyperparameter. */
export interface LogPrior {
  readonly mean: number
  readonly deviation: number
}

export interface Priors {
  readonly lengthScale: LogPrior
  readonly signalVariance: LogPrior
  readonly noiseVariance: LogPrior
}

/** Share of the signal variance that is added to the diagonal, so that points close to each other can be told apart. */
export const JITTER = 1e-8

/** Variance of the prior on the constant mean, in units of the (standardised) values; the mean is integrated out. */
export const MEAN_VARIANCE = 1

/**
 * Minus the logarithm of the posterior density of the hyperparameters, up to a constant, with its gradient.
 *
 * The density of the means is normal with K + diag(noise / count); the replicates within the points add their own
 * chi-squared likelihood of the noise, so that noise is learned from them where there are any and from the misfit of
 * neighbours where there are none.
 *
 * @source Rasmussen and Williams (2006), eq. 5.8 and 5.9
 */
export function negativeLogPosterior(observations: Observations, priors: Priors): Objective {
  const { means_N, counts_N, withinSquares, withinFreedom, kinds_D } = observations
  const [N, D] = [means_N.length, kinds_D.length]
  const distances_DC = pairwise(observations)
  const K_NN = new Float64Array(N * N)
  const squared_C = new Float64Array((N * (N - 1)) / 2)
  return (theta_P, gradient_P) => {
    const weights_D = theta_P.subarray(0, D).map((log) => Math.exp(-2 * log))
    const signal = Math.exp(theta_P[D] as number)
    const noise = Math.exp(theta_P[D + 1] as number)
    combine(distances_DC, weights_D, squared_C)
    fill(K_NN, squared_C, { signal, noise, counts_N })
    if (!factor(K_NN, N)) return Number.POSITIVE_INFINITY
    const alpha_N = Float64Array.from(means_N)
    solve(K_NN, alpha_N)
    let value = 0.5 * logDeterminant(K_NN, N)
    for (let n = 0; n < N; n++) value += 0.5 * (means_N[n] as number) * (alpha_N[n] as number)
    value += (withinFreedom / 2) * Math.log(noise) + withinSquares / (2 * noise)
    gradient_P.fill(0)
    gradient_P[D + 1] = withinFreedom / 2 - withinSquares / (2 * noise)
    const inverse_NN = inverse(K_NN, N)
    addSlopes(gradient_P, { inverse_NN, alpha_N, distances_DC, weights_D, squared_C, signal, noise, counts_N })
    return value + addPriors(theta_P, gradient_P, priors)
  }
}

/** Unweighted squared distances of all pairs (i, j), j < i, dimension after dimension. */
function pairwise({ points_ND, kinds_D, means_N }: Observations): Float64Array[] {
  const [N, D] = [means_N.length, kinds_D.length]
  return kinds_D.map((kind, d) => {
    const distances_C = new Float64Array((N * (N - 1)) / 2)
    for (let i = 1, c = 0; i < N; i++) {
      for (let j = 0; j < i; j++, c++) {
        distances_C[c] = squaredDistance(kind, points_ND[i * D + d] as number, points_ND[j * D + d] as number)
      }
    }
    return distances_C
  })
}

function combine(distances_DC: readonly Float64Array[], weights_D: Float64Array, squared_C: Float64Array): void {
  squared_C.fill(0)
  for (const [d, distances_C] of distances_DC.entries()) {
    const weight = weights_D[d] as number
    for (let c = 0; c < squared_C.length; c++) {
      squared_C[c] = (squared_C[c] as number) + weight * (distances_C[c] as number)
    }
  }
}

interface Variances {
  readonly signal: number
  readonly noise: number
  readonly counts_N: Float64Array
}

/** The lower triangle of the covariance of the measured means. */
function fill(K_NN: Float64Array, squared_C: Float64Array, { signal, noise, counts_N }: Variances): void {
  const N = counts_N.length
  for (let i = 0, c = 0; i < N; i++) {
    for (let j = 0; j < i; j++, c++) K_NN[i * N + j] = signal * matern(squared_C[c] as number) + MEAN_VARIANCE
    K_NN[i * N + i] = signal * (1 + JITTER) + noise / (counts_N[i] as number) + MEAN_VARIANCE
  }
}

interface Fitted extends Variances {
  readonly inverse_NN: Float64Array
  readonly alpha_N: Float64Array
  readonly distances_DC: readonly Float64Array[]
  readonly weights_D: Float64Array
  readonly squared_C: Float64Array
}

/** Half the trace of (K^-1 - alpha alpha') dK for each hyperparameter. */
function addSlopes(gradient_P: Float64Array, fitted: Fitted): void {
  const { inverse_NN, alpha_N, distances_DC, weights_D, squared_C, signal, noise, counts_N } = fitted
  const [N, D] = [alpha_N.length, weights_D.length]
  // Pairs count twice, which takes the half away.
  const bySquared_C = new Float64Array(squared_C.length)
  let [bySignal, byNoise] = [0, 0]
  for (let i = 0, c = 0; i < N; i++) {
    const own = alpha_N[i] as number
    for (let j = 0; j < i; j++, c++) {
      const outer = (inverse_NN[i * N + j] as number) - own * (alpha_N[j] as number)
      bySquared_C[c] = outer * signal * maternSlope(squared_C[c] as number)
      bySignal += outer * signal * matern(squared_C[c] as number)
    }
    const outer = (inverse_NN[i * N + i] as number) - own * own
    bySignal += 0.5 * outer * signal * (1 + JITTER)
    byNoise += (0.5 * outer * noise) / (counts_N[i] as number)
  }
  for (const [d, distances_C] of distances_DC.entries()) {
    let sum = 0
    for (let c = 0; c < distances_C.length; c++) sum += (bySquared_C[c] as number) * (distances_C[c] as number)
    gradient_P[d] = (gradient_P[d] as number) - 2 * (weights_D[d] as number) * sum
  }
  gradient_P[D] = (gradient_P[D] as number) + bySignal
  gradient_P[D + 1] = (gradient_P[D + 1] as number) + byNoise
}

function addPriors(theta_P: Float64Array, gradient_P: Float64Array, priors: Priors): number {
  const D = theta_P.length - 2
  let value = 0
  for (let p = 0; p < theta_P.length; p++) {
    const { mean, deviation } = p < D ? priors.lengthScale : p === D ? priors.signalVariance : priors.noiseVariance
    const z = ((theta_P[p] as number) - mean) / deviation
    value += 0.5 * z * z
    gradient_P[p] = (gradient_P[p] as number) + z / deviation
  }
  return value
}

// Key: D dimensions, N observed points (pending ones included), M points asked about.
import { factor, solveLower, solveUpper } from './cholesky.ts'
import { JITTER, MEAN_VARIANCE } from './evidence.ts'
import { covariancesWith, distancesTo, type Kernel, matern, maternSlope } from './kernel.ts'
import type { Observations } from './observations.ts'

/** Means and variances of the latent function, without the noise of a measurement. */
export interface Marginals {
  readonly means_M: Float64Array
  readonly variances_M: Float64Array
}

/** Slopes are those of ordered dimensions that are present; others are 0. */
export interface MarginalWithSlopes {
  readonly mean: number
  readonly variance: number
  readonly meanSlopes_D: Float64Array
  readonly varianceSlopes_D: Float64Array
}

/** What is believed of the function after the measurements. In the units of the values that were given. */
export interface Posterior {
  marginals(points_MD: Float64Array): Marginals
  marginalWithSlopes(point_D: Float64Array): MarginalWithSlopes
  /** The joint distribution of the latent function at the points; the covariance row by row. */
  joint(points_MD: Float64Array): { readonly means_M: Float64Array; readonly covariance_MM: Float64Array }
  /** What each measured mean would have been expected to be without it, with the variance of such a measurement. */
  leaveOneOut(): { readonly means_N: Float64Array; readonly variances_N: Float64Array }
  /**
   * The same with further points under way, whose results are taken to be what is expected of them ("kriging
   * believer", which leaves means as they are and shrinks variances).
   *
   * @source Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization" (2010)
   */
  withPending(points_MD: Float64Array): Posterior
}

/** Values are standardised inside: (value - centre) / unit. */
export interface Scale {
  readonly centre: number
  readonly unit: number
}

interface Factored {
  readonly kernel: Kernel
  readonly noiseVariance: number
  readonly points_ND: Float64Array
  readonly l_NN: Float64Array
  readonly alpha_N: Float64Array
  readonly means_N: Float64Array
  readonly scale: Scale
}

/**
 * @source Rasmussen and Williams (2006), algorithm 2.1; it departs from it by a constant mean, integrated out under a
 * normal prior, and by a noise that shrinks with the replicates
 * @returns undefined when the covariance is not positive definite, which priors and noise make all but impossible
 */
export function posteriorOf(
  { points_ND, means_N, counts_N }: Observations,
  { kernel, noiseVariance }: { readonly kernel: Kernel; readonly noiseVariance: number },
  scale: Scale,
): Posterior | undefined {
  const N = means_N.length
  const l_NN = covarianceOf(kernel, points_ND)
  for (let n = 0; n < N; n++) l_NN[n * N + n] = (l_NN[n * N + n] as number) + noiseVariance / (counts_N[n] as number)
  if (!factor(l_NN, N)) return undefined
  const alpha_N = Float64Array.from(means_N)
  solveLower(l_NN, alpha_N)
  solveUpper(l_NN, alpha_N)
  return make({ kernel, noiseVariance, points_ND, l_NN, alpha_N, means_N, scale })
}

/** Prior covariance of points, the constant mean's share included. */
function covarianceOf(kernel: Kernel, points_ND: Float64Array): Float64Array {
  const D = kernel.kinds_D.length
  const N = points_ND.length / D
  const K_NN = new Float64Array(N * N)
  for (let n = 0; n < N; n++) {
    const row_N = covariancesWith(kernel, points_ND, { from_D: points_ND, at: n * D })
    for (let i = 0; i < N; i++) K_NN[n * N + i] = (row_N[i] as number) + MEAN_VARIANCE
    K_NN[n * N + n] = kernel.signalVariance * (1 + JITTER) + MEAN_VARIANCE
  }
  return K_NN
}

function make(data: Factored): Posterior {
  return {
    marginals: (points_MD) => marginals(data, points_MD),
    marginalWithSlopes: (point_D) => marginalWithSlopes(data, point_D),
    joint: (points_MD) => joint(data, points_MD),
    leaveOneOut: () => leaveOneOut(data),
    withPending: (points_MD) => withPending(data, points_MD),
  }
}

/** Covariances of a point with the data, the mean's share included. */
function crossWith({ kernel, points_ND }: Factored, from_D: Float64Array, at: number): Float64Array {
  const k_N = covariancesWith(kernel, points_ND, { from_D, at })
  for (let n = 0; n < k_N.length; n++) k_N[n] = (k_N[n] as number) + MEAN_VARIANCE
  return k_N
}

function marginals(data: Factored, points_MD: Float64Array): Marginals {
  const { kernel, l_NN, alpha_N, scale } = data
  const D = kernel.kinds_D.length
  const M = points_MD.length / D
  const means_M = new Float64Array(M)
  const variances_M = new Float64Array(M)
  const prior = kernel.signalVariance + MEAN_VARIANCE
  for (let m = 0; m < M; m++) {
    const v_N = crossWith(data, points_MD, m * D)
    means_M[m] = scale.centre + scale.unit * dot(v_N, alpha_N)
    solveLower(l_NN, v_N)
    variances_M[m] = scale.unit ** 2 * Math.max(kernel.signalVariance * JITTER, prior - dot(v_N, v_N))
  }
  return { means_M, variances_M }
}

function marginalWithSlopes(data: Factored, point_D: Float64Array): MarginalWithSlopes {
  const { kernel, points_ND, l_NN, alpha_N, scale } = data
  const { kinds_D, weights_D, signalVariance } = kernel
  const [D, N] = [kinds_D.length, alpha_N.length]
  const squared_N = distancesTo(kernel, points_ND, { from_D: point_D, at: 0 })
  const k_N = squared_N.map((squared) => signalVariance * matern(squared) + MEAN_VARIANCE)
  const v_N = Float64Array.from(k_N)
  solveLower(l_NN, v_N)
  const variance = Math.max(signalVariance * JITTER, signalVariance + MEAN_VARIANCE - dot(v_N, v_N))
  solveUpper(l_NN, v_N)
  const meanSlopes_D = new Float64Array(D)
  const varianceSlopes_D = new Float64Array(D)
  for (let n = 0; n < N; n++) {
    const slope = 2 * signalVariance * maternSlope(squared_N[n] as number)
    for (let d = 0; d < D; d++) {
      if (kinds_D[d] !== 'ordered') continue
      const difference = (point_D[d] as number) - (points_ND[n * D + d] as number)
      // NaN: absent here or there; the distance to an absent value grows from the middle.
      const from = Number.isNaN(difference) ? (point_D[d] as number) - 0.5 : difference
      if (Number.isNaN(from)) continue
      const by = slope * (weights_D[d] as number) * from
      meanSlopes_D[d] = (meanSlopes_D[d] as number) + by * (alpha_N[n] as number) * scale.unit
      varianceSlopes_D[d] = (varianceSlopes_D[d] as number) - 2 * by * (v_N[n] as number) * scale.unit ** 2
    }
  }
  const mean = scale.centre + scale.unit * dot(k_N, alpha_N)
  return { mean, variance: variance * scale.unit ** 2, meanSlopes_D, varianceSlopes_D }
}

function joint(data: Factored, points_MD: Float64Array): ReturnType<Posterior['joint']> {
  const { kernel, l_NN, alpha_N, scale } = data
  const D = kernel.kinds_D.length
  const M = points_MD.length / D
  const means_M = new Float64Array(M)
  const covariance_MM = covarianceOf(kernel, points_MD)
  const solved: Float64Array[] = []
  for (let m = 0; m < M; m++) {
    const v_N = crossWith(data, points_MD, m * D)
    means_M[m] = scale.centre + scale.unit * dot(v_N, alpha_N)
    solveLower(l_NN, v_N)
    solved.push(v_N)
    for (let i = 0; i <= m; i++) {
      const left = scale.unit ** 2 * ((covariance_MM[m * M + i] as number) - dot(v_N, solved[i] as Float64Array))
      covariance_MM[m * M + i] = left
      covariance_MM[i * M + m] = left
    }
  }
  return { means_M, covariance_MM }
}

/** @source Rasmussen and Williams (2006), eq. 5.12 */
function leaveOneOut({ l_NN, alpha_N, means_N, scale }: Factored): ReturnType<Posterior['leaveOneOut']> {
  const N = means_N.length
  const expected_N = new Float64Array(N)
  const variances_N = new Float64Array(N)
  for (let n = 0; n < N; n++) {
    // The diagonal of the inverse: the squared length of a column of L^-1.
    const unit_N = new Float64Array(N)
    unit_N[n] = 1
    solveLower(l_NN, unit_N)
    const precision = dot(unit_N, unit_N)
    expected_N[n] = scale.centre + scale.unit * ((means_N[n] as number) - (alpha_N[n] as number) / precision)
    variances_N[n] = scale.unit ** 2 / precision
  }
  return { means_N: expected_N, variances_N }
}

function withPending(data: Factored, points_MD: Float64Array): Posterior {
  const { kernel, noiseVariance, l_NN, alpha_N, means_N, points_ND } = data
  const D = kernel.kinds_D.length
  const [N, M] = [alpha_N.length, points_MD.length / D]
  if (M === 0) return make(data)
  const size = N + M
  const larger = new Float64Array(size * size)
  for (let n = 0; n < N; n++) larger.set(l_NN.subarray(n * N, n * N + n + 1), n * size)
  const all_ND = Float64Array.of(...points_ND, ...points_MD)
  const prior = kernel.signalVariance * (1 + JITTER) + MEAN_VARIANCE + noiseVariance
  for (let row = N; row < size; row++) {
    const k = crossWith({ ...data, points_ND: all_ND }, all_ND, row * D)
    solveLower(larger, k, row)
    const known_N = k.subarray(0, row)
    larger.set(known_N, row * size)
    larger[row * size + row] = Math.sqrt(Math.max(kernel.signalVariance * JITTER, prior - dot(known_N, known_N)))
  }
  // What is expected happens: nothing is added to the weights of the means.
  const padded = (values_N: Float64Array) => {
    const longer = new Float64Array(size)
    longer.set(values_N)
    return longer
  }
  const next = { ...data, points_ND: all_ND, l_NN: larger, alpha_N: padded(alpha_N), means_N: padded(means_N) }
  return { ...make(next), leaveOneOut: () => leaveOneOut(data) }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

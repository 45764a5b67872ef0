// Key: D dimensions, N points of the data. A point is D numbers; NaN = the dimension is absent there.

/** `ordered` lies in [0, 1] by convention; of `categorical` numbers only equality counts. */
export type DimensionKind = 'ordered' | 'categorical'

/** What the kernel is made of. Weights are 1 / (length scale)^2. */
export interface Kernel {
  readonly kinds_D: readonly DimensionKind[]
  readonly weights_D: Float64Array
  readonly signalVariance: number
}

/**
 * Squared distance between a present and an absent value of an ordered dimension is (x - 1/2)^2 + this: an absent one
 * lies beside the middle of the range, about as far from it as the ends.
 */
const ABSENT = 0.25

const ROOT_5 = Math.sqrt(5)

/**
 * Squared distance in one dimension. Each is a Euclidean distance in some embedding (categories: corners of a simplex,
 * which gives the Hamming distance; an absent value: a point beside the line), so that any kernel that is positive
 * definite in Euclidean space stays so.
 */
export function squaredDistance(kind: DimensionKind, a: number, b: number): number {
  if (kind === 'categorical') return a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : 1
  const difference = a - b
  if (!Number.isNaN(difference)) return difference * difference
  if (Number.isNaN(a) && Number.isNaN(b)) return 0
  const present = (Number.isNaN(a) ? b : a) - 0.5
  return present * present + ABSENT
}

/**
 * Matern kernel with nu = 5/2 by the squared distance in units of the length scales.
 *
 * @source Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), eq. 4.17
 */
export function matern(squared: number): number {
  const r = ROOT_5 * Math.sqrt(squared)
  return (1 + r + (r * r) / 3) * Math.exp(-r)
}

/** Derivative of {@link matern} by the squared distance. */
export function maternSlope(squared: number): number {
  const r = ROOT_5 * Math.sqrt(squared)
  return (-5 / 6) * (1 + r) * Math.exp(-r)
}

/** Weighted squared distances between the point that begins at `at` and every one of `points_ND`. */
export function distancesTo(kernel: Kernel, points_ND: Float64Array, { from_D, at }: Origin): Float64Array {
  const { kinds_D, weights_D } = kernel
  const D = kinds_D.length
  const N = points_ND.length / D
  const squared_N = new Float64Array(N)
  for (let d = 0; d < D; d++) {
    const kind = kinds_D[d] as DimensionKind
    const weight = weights_D[d] as number
    const own = from_D[at + d] as number
    for (let n = 0; n < N; n++) {
      squared_N[n] = (squared_N[n] as number) + weight * squaredDistance(kind, own, points_ND[n * D + d] as number)
    }
  }
  return squared_N
}

/** A point inside a longer array. */
export interface Origin {
  readonly from_D: Float64Array
  readonly at: number
}

/** Covariances of the latent function between one point and every one of `points_ND`. */
export function covariancesWith(kernel: Kernel, points_ND: Float64Array, origin: Origin): Float64Array {
  const k_N = distancesTo(kernel, points_ND, origin)
  for (let n = 0; n < k_N.length; n++) k_N[n] = kernel.signalVariance * matern(k_N[n] as number)
  return k_N
}

// Key: D dimensions, N points. Points are stored point by point in N*D numbers.
import type { DimensionKind } from './kernel.ts'

/**
 * What was measured at each point: replicates of a point count as their mean, with what they tell of the noise.
 * Together these are sufficient: nothing is lost against giving every replicate.
 *
 * @source Binois, Gramacy and Ludkovski, "Practical heteroscedastic Gaussian process modeling for large simulation
 * experiments" (2018), section 3.1; here with one noise for all points
 */
export interface Observations {
  readonly kinds_D: readonly DimensionKind[]
  readonly points_ND: Float64Array
  readonly means_N: Float64Array
  /** Replicates behind each mean, 1 or more. */
  readonly counts_N: Float64Array
  /** Sum of squared deviations of all replicates from the mean of their point. */
  readonly withinSquares: number
  /** Degrees of freedom of these squares: replicates minus points. */
  readonly withinFreedom: number
}

/** Observations from the values of each point; points without values are refused by the caller. All are finite. */
export function observationsOf(
  kinds_D: readonly DimensionKind[],
  points_ND: Float64Array,
  values_N: readonly (readonly number[])[],
): Observations {
  const means_N = Float64Array.from(values_N, (values) => values.reduce((sum, v) => sum + v, 0) / values.length)
  let withinSquares = 0
  for (const [n, values] of values_N.entries()) {
    for (const value of values) withinSquares += (value - (means_N[n] as number)) ** 2
  }
  const counts_N = Float64Array.from(values_N, (values) => values.length)
  const withinFreedom = counts_N.reduce((sum, count) => sum + count - 1, 0)
  return { kinds_D, points_ND, means_N, counts_N, withinSquares, withinFreedom }
}

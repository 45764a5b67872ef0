// Key: N rows, K columns of the design.

/** A linear model fitted to rows, and what is needed to judge its predictions. */
export interface LeastSquares {
  readonly coefficients_K: readonly number[]
  /** N: how far each row was missed, as if the model had been fitted without it. */
  readonly leftOut_N: readonly number[]
  /** Variance of the mean that is predicted for a row, in units of the residual variance. */
  leverage(row_K: readonly number[]): number
}

/** Below this share of a column's length, what the other columns leave of it is taken for nothing. */
const DEPENDENT = 1e-10

/**
 * Ordinary least squares of `y` on the columns of `rows`, or undefined when the columns depend on each other, or when
 * there are no more rows than columns.
 *
 * @param rows_NK give it a column of ones for a constant; rows and `y` multiplied by the same weight give weighted
 *   least squares
 */
export function leastSquares(
  rows_NK: readonly (readonly number[])[],
  y_N: readonly number[],
): LeastSquares | undefined {
  const K = rows_NK[0]?.length ?? 0
  if (rows_NK.length <= K || K === 0) return undefined
  // Columns of unit length: parameters may be 1e-5 or 1e5.
  const length_K = Array.from({ length: K }, (_, k) => Math.hypot(...rows_NK.map((row) => row[k] as number)))
  if (length_K.some((length) => !(length > 0) || !Number.isFinite(length))) return undefined
  const scaled = (row: readonly number[]) => row.map((value, k) => value / (length_K[k] as number))
  const scaled_NK = rows_NK.map(scaled)
  const inverse_KK = inverted(
    length_K.map((_, a) => length_K.map((_, b) => sumOf(scaled_NK, (row) => (row[a] as number) * (row[b] as number)))),
  )
  if (inverse_KK === undefined) return undefined
  const moment_K = length_K.map((_, k) => sumOf(scaled_NK, (row, n) => (row[k] as number) * (y_N[n] as number)))
  const scaledCoefficients_K = inverse_KK.map((row) => dot(row, moment_K))
  const leverageOf = (row: readonly number[]) =>
    dot(
      row,
      inverse_KK.map((it) => dot(it, row)),
    )
  return {
    coefficients_K: scaledCoefficients_K.map((it, k) => it / (length_K[k] as number)),
    leftOut_N: scaled_NK.map((row, n) => {
      // The closed form of leaving one out; a row that alone determines a coefficient cannot be left out.
      const rest = 1 - leverageOf(row)
      return rest < 1e-9 ? Number.POSITIVE_INFINITY : ((y_N[n] as number) - dot(row, scaledCoefficients_K)) / rest
    }),
    leverage: (row_K) => leverageOf(scaled(row_K)),
  }
}

export function dot(a_K: readonly number[], b_K: readonly number[]): number {
  return a_K.reduce((sum, a, k) => sum + a * (b_K[k] as number), 0)
}

function sumOf<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((sum, item, i) => sum + of(item, i), 0)
}

/** Gauss-Jordan without exchange of rows, which a symmetric positive definite matrix does not need. */
function inverted(matrix_KK: readonly (readonly number[])[]): number[][] | undefined {
  const K = matrix_KK.length
  const work = matrix_KK.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (const [k, pivotRow] of work.entries()) {
    const pivot = pivotRow[k] as number
    if (!(pivot > DEPENDENT)) return undefined
    for (let j = 0; j < 2 * K; j++) pivotRow[j] = (pivotRow[j] as number) / pivot
    for (const [i, row] of work.entries()) {
      const factor = row[k] as number
      if (i === k || factor === 0) continue
      for (let j = 0; j < 2 * K; j++) row[j] = (row[j] as number) - factor * (pivotRow[j] as number)
    }
  }
  return work.map((row) => row.slice(K))
}

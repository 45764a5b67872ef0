// Key: D dimensions.

/** C = B diag(values) B^T, with the columns of B orthonormal. */
export interface Eigen {
  readonly values_D: readonly number[]
  /** Rows of B; column j belongs to `values_D[j]`. */
  readonly vectors_DD: readonly (readonly number[])[]
}

const SWEEPS = 60

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, in no order.
 *
 * @source Jacobi (1846), cyclic, with the rotations of Golub and Van Loan, "Matrix computations", section 8.5: slow
 * for hundreds of dimensions, exact to the last digits for a few dozen.
 */
export function symmetricEigen(matrix_DD: readonly (readonly number[])[]): Eigen {
  const n = matrix_DD.length
  const a = matrix_DD.map((row) => [...row])
  const v = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)))
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a) > 1e-30 * trace(a) ** 2; sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, v, [p, q])
  }
  return { values_D: a.map((row, i) => row[i] as number), vectors_DD: v }
}

const trace = (a: readonly (readonly number[])[]) => a.reduce((sum, row, i) => sum + Math.abs(row[i] as number), 0)

function offDiagonal(a: readonly (readonly number[])[]): number {
  return a.reduce((sum, row, i) => row.reduce((inner, x, j) => (i === j ? inner : inner + x * x), sum), 0)
}

/** Makes a[p][q] zero. */
function rotate(a: number[][], v: number[][], [p, q]: readonly [number, number]): void {
  const rowP = a[p] as number[]
  const rowQ = a[q] as number[]
  const apq = rowP[q] as number
  if (apq === 0) return
  const tau = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * apq)
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = t * c
  for (const row of a) turn(row, [p, q], [c, s])
  for (let k = 0; k < a.length; k++) {
    const x = rowP[k] as number
    const y = rowQ[k] as number
    rowP[k] = c * x - s * y
    rowQ[k] = s * x + c * y
  }
  for (const row of v) turn(row, [p, q], [c, s])
}

function turn(row: number[], [p, q]: readonly [number, number], [c, s]: readonly [number, number]): void {
  const x = row[p] as number
  const y = row[q] as number
  row[p] = c * x - s * y
  row[q] = s * x + c * y
}

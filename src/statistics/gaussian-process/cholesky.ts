// Key: N rows of a symmetric matrix, stored row by row in N*N numbers; of a Cholesky factor only the lower triangle counts.

/**
 * Factors a symmetric positive definite matrix in place: the lower triangle becomes L of A = L L'.
 *
 * @source Golub and Van Loan, "Matrix Computations" (4th ed. 2013), section 4.2.5, by rows
 * @returns false when the matrix is not positive definite as far as double precision can tell; it is then half done
 */
export function factor(a_NN: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let j = 0; j <= i; j++) {
      const other = j * n
      let sum = a_NN[row + j] as number
      for (let k = 0; k < j; k++) sum -= (a_NN[row + k] as number) * (a_NN[other + k] as number)
      if (i > j) a_NN[row + j] = sum / (a_NN[other + j] as number)
      else if (sum > 0 && Number.isFinite(sum)) a_NN[row + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

/** Solves L x = b in place; with `n` less than `stride`, for the leading part of a larger factor. */
export function solveLower(l_NN: Float64Array, b_N: Float64Array, n = b_N.length): void {
  const stride = Math.round(Math.sqrt(l_NN.length))
  for (let i = 0; i < n; i++) {
    const row = i * stride
    let sum = b_N[i] as number
    for (let k = 0; k < i; k++) sum -= (l_NN[row + k] as number) * (b_N[k] as number)
    b_N[i] = sum / (l_NN[row + i] as number)
  }
}

/** Solves L' x = b in place. */
export function solveUpper(l_NN: Float64Array, b_N: Float64Array): void {
  const n = b_N.length
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n
    const x = (b_N[i] as number) / (l_NN[row + i] as number)
    b_N[i] = x
    // Along the row, not the column: the memory that is read lies together.
    for (let k = 0; k < i; k++) b_N[k] = (b_N[k] as number) - x * (l_NN[row + k] as number)
  }
}

/** Solves A x = b in place, given L of A. */
export function solve(l_NN: Float64Array, b_N: Float64Array): void {
  solveLower(l_NN, b_N)
  solveUpper(l_NN, b_N)
}

/** Logarithm of the determinant of A, given L. */
export function logDeterminant(l_NN: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += Math.log(l_NN[i * n + i] as number)
  return 2 * sum
}

/** The inverse of A, given L. */
export function inverse(l_NN: Float64Array, n: number): Float64Array {
  // Rows of M are the columns of the inverse of L, so that all inner loops run along rows.
  const m_NN = new Float64Array(n * n)
  for (let j = 0; j < n; j++) {
    const column = j * n
    m_NN[column + j] = 1 / (l_NN[column + j] as number)
    for (let i = j + 1; i < n; i++) {
      const row = i * n
      let sum = 0
      for (let k = j; k < i; k++) sum -= (l_NN[row + k] as number) * (m_NN[column + k] as number)
      m_NN[column + i] = sum / (l_NN[row + i] as number)
    }
  }
  const inverse_NN = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < n; k++) sum += (m_NN[i * n + k] as number) * (m_NN[j * n + k] as number)
      inverse_NN[i * n + j] = sum
      inverse_NN[j * n + i] = sum
    }
  }
  return inverse_NN
}

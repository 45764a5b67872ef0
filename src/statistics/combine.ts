// Key: N rows, C classes, M members.

/**
 * Weighted mean of several predictions of the same rows. Summed in the order given: sums of floats depend on it.
 *
 * @param parts_M each N x C, rows summing to 1
 * @param weights_M summing to 1
 * @returns N x C, rows summing to 1
 */
export function weightedMeanOf(parts_M: readonly Float32Array[], weights_M: readonly number[]): Float32Array {
  const sum_NC = new Float64Array(parts_M[0]?.length ?? 0)
  for (const [m, p_NC] of parts_M.entries()) {
    const weight = weights_M[m] as number
    if (weight === 0) continue
    for (let i = 0; i < sum_NC.length; i++) sum_NC[i] = (sum_NC[i] as number) + weight * (p_NC[i] as number)
  }
  return Float32Array.from(sum_NC)
}

/** Median of each probability over the members, made to sum to 1 again. @returns N x C */
export function medianOf(parts_M: readonly Float32Array[], classes: number): Float32Array {
  const middle_NC = Float32Array.from({ length: parts_M[0]?.length ?? 0 }, (_, i) =>
    middle(parts_M.map((p_NC) => p_NC[i] as number)),
  )
  for (let start = 0; start < middle_NC.length; start += classes) {
    const row_C = middle_NC.subarray(start, start + classes)
    const sum = row_C.reduce((total, p) => total + p, 0)
    // All medians are 0 when each member is sure of another class; then nothing is known.
    for (let c = 0; c < classes; c++) row_C[c] = sum > 0 ? (row_C[c] as number) / sum : 1 / classes
  }
  return middle_NC
}

function middle(values_M: number[]): number {
  values_M.sort((a, b) => a - b)
  const half = values_M.length >> 1
  const upper = values_M[half] as number
  return values_M.length % 2 === 1 ? upper : (upper + (values_M[half - 1] as number)) / 2
}

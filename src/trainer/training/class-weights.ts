// Key: C classes of one task.

/** Factors on the loss of a row, by its true class. */
export interface ClassWeights {
  /** C */
  readonly weights: readonly number[]
  /** Classes whose weight would have been larger than the cap, with what it would have been. */
  readonly capped: readonly { readonly class: number; readonly wanted: number }[]
}

/**
 * Base weight times multiplier, at most `cap`. Balanced base weights are n / (C n_c), so that every class has the same
 * share of the loss and the mean weight of a row stays 1; a class without rows gets the cap.
 *
 * @param counts_C rows of each class in the training split
 */
export function classWeights(
  counts_C: readonly number[],
  options: { readonly balanced: boolean; readonly multiplier: readonly number[]; readonly cap: number },
): ClassWeights {
  const rows = counts_C.reduce((sum, count) => sum + count, 0)
  const wanted = counts_C.map((count, c) => {
    const base = options.balanced ? rows / (counts_C.length * count) : 1
    return (count === 0 ? options.cap : base) * (options.multiplier[c] ?? 1)
  })
  return {
    weights: wanted.map((weight) => Math.min(weight, options.cap)),
    capped: wanted.flatMap((weight, c) =>
      weight > options.cap && counts_C[c] !== 0 ? [{ class: c, wanted: weight }] : [],
    ),
  }
}

/** How many of `rows` belong to each class; rows without a label are left out. */
export function classCounts(labels_N: Int32Array, rows: Int32Array, classes: number): number[] {
  const counts_C = new Array<number>(classes).fill(0)
  for (const row of rows) {
    const label = labels_N[row] as number
    if (label >= 0) counts_C[label] = (counts_C[label] as number) + 1
  }
  return counts_C
}

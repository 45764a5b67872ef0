// Key: N rows, C classes of one task.
import type { Dataset } from '../dataset.ts'

/** What a model said about the unlabelled rows. */
export interface Guesses {
  /** Row numbers; in no split. */
  readonly rows: Int32Array
  /** By task, rows x C probabilities. */
  readonly probabilities: ReadonlyMap<string, Float32Array>
}

/**
 * The dataset with the unlabelled rows in training of which the model was sure: each labelled for the tasks whose
 * largest probability reaches `confidence`, and for no other. Labels of an earlier round are forgotten.
 *
 * @returns with the number of rows by task and class, for the log
 * @source Lee 2013, "Pseudo-label"; the threshold as in Sohn et al. 2020, "FixMatch", eq. 4 (tau)
 */
export function withPseudoLabels(
  dataset: Dataset,
  { rows, probabilities }: Guesses,
  { confidence, weight }: { readonly confidence: number; readonly weight: number },
): { dataset: Dataset; counts: ReadonlyMap<string, readonly number[]>; added: number } {
  const labels = new Map([...dataset.labels].map(([task, of]) => [task, of.slice()]))
  const counts = new Map<string, number[]>()
  const sure = new Set<number>()
  for (const { name, classes } of dataset.tasks) {
    const of = labels.get(name) as Int32Array
    const counts_C = classes.map(() => 0)
    for (const [i, row] of rows.entries()) {
      const guess =
        probabilities.get(name)?.subarray(i * classes.length, (i + 1) * classes.length) ?? new Float32Array()
      const largest = Math.max(...guess)
      of[row] = largest >= confidence ? guess.indexOf(largest) : -1
      if (largest < confidence) continue
      sure.add(row)
      counts_C[of[row] as number] = (counts_C[of[row] as number] ?? 0) + 1
    }
    counts.set(name, counts_C)
  }
  const rowWeights = dataset.rowWeights?.slice() ?? new Float32Array(dataset.ids.length).fill(1)
  for (const row of sure) rowWeights[row] = weight
  const unlabelled = new Set(rows)
  const own = dataset.splits.train.filter((row) => !unlabelled.has(row))
  const train = Int32Array.from([...own, ...[...sure].sort((a, b) => a - b)])
  return { dataset: { ...dataset, labels, rowWeights, splits: { ...dataset.splits, train } }, counts, added: sure.size }
}

import type { FeatureTable } from './features/feature-table.ts'

export interface Task {
  readonly name: string
  readonly classes: readonly string[]
}

/**
 * Texts as numbers, with their labels and who may see them; all that the model ever gets.
 *
 * Key: N rows, D features.
 */
export interface Dataset {
  readonly tasks: readonly Task[]
  /** N, unique. */
  readonly ids: readonly string[]
  /** N x D */
  readonly features: FeatureTable
  /** D */
  readonly width: number
  /** Task name to N class indices; -1 = not labelled. */
  readonly labels: ReadonlyMap<string, Int32Array>
  /** N, a training row's factor in the loss. @default 1 each */
  readonly rowWeights?: Float32Array
  /** Row numbers; disjoint. */
  readonly splits: { readonly train: Int32Array; readonly val: Int32Array; readonly test: Int32Array }
}

import type { Dataset, Task } from '../dataset.ts'

/** Texts with their labels, before they become numbers. Key: N rows. */
export interface LabelledTexts {
  readonly tasks: readonly Task[]
  /** N, unique. */
  readonly ids: readonly string[]
  /** N, none empty. */
  readonly texts: readonly string[]
  /** Task name to N class indices; -1 = not labelled. */
  readonly labels: ReadonlyMap<string, Int32Array>
  readonly splits: Dataset['splits']
  /** SHA-256 of what the rows were read from, in hex. */
  readonly hash: string
  /** What the person should know of the data, such as a class without test rows. */
  readonly notes: readonly string[]
}

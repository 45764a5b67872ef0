/**
 * What a trial predicted for one task on one split; on disk `predictions/<split>.<task>.csv`
 * (header `id,label,p:<class>,...`), whatever language wrote it.
 *
 * Key: N rows, C classes.
 */
export interface TaskPredictions {
  readonly task: string
  readonly split: 'val' | 'test'
  /** Class names in the order of the probability columns; C of them. */
  readonly classes: readonly string[]
  /** N row ids of the data file; the same ids in the same order for every trial of one data split. */
  readonly ids: readonly string[]
  /** N true labels as indices into `classes`. */
  readonly labels: Int32Array
  /** N x C, row-major; each row sums to 1. */
  readonly probabilities: Float32Array
}

import type { TaskPredictions } from '../protocol/predictions.ts'
import type { Rows } from './pool.ts'

/**
 * Divides rows into folds that have each combination of labels equally often. Seedless: the ids' order decides, and it
 * is the same for every trial. A row that several tasks judge is in the same fold for each of them.
 *
 * @returns fold number by id
 */
export function foldsOf(predictions: ReadonlyMap<string, TaskPredictions>, folds: number): Map<string, number> {
  const labelsOf = new Map<string, string>()
  for (const [task, { ids, labels }] of predictions) {
    ids.forEach((id, n) => {
      labelsOf.set(id, `${labelsOf.get(id) ?? ''}|${task}=${labels[n]}`)
    })
  }
  const ordered = [...labelsOf].map(([id, key], n) => ({ id, key, n }))
  ordered.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.n - b.n))
  // Dealt on from one combination to the next, so that rare combinations do not all end in the first folds.
  return new Map(ordered.map(({ id }, place) => [id, place % folds]))
}

/** Rows of each task whose fold passes the test. */
export function rowsWhere(
  predictions: ReadonlyMap<string, TaskPredictions>,
  foldOf: ReadonlyMap<string, number>,
  wanted: (fold: number) => boolean,
): Rows {
  return new Map(
    [...predictions].map(([task, { ids }]) => {
      return [task, ids.flatMap((id, row) => (wanted(foldOf.get(id) as number) ? [row] : []))]
    }),
  )
}

// Key: N rows of the training split.
import type { Rng } from '../../base/rng.ts'
import type { Dataset } from '../dataset.ts'
import type { Settings } from '../settings.ts'

/**
 * A row's chance to be drawn, relative to the others: the product of its classes' boosts over all tasks.
 *
 * @returns N weights, or undefined when no class is boosted
 */
export function sampleWeights(dataset: Dataset, settings: Settings): Float64Array | undefined {
  const rows_N = dataset.splits.train
  const weights_N = new Float64Array(rows_N.length).fill(1)
  for (const task of dataset.tasks) {
    const boost_C = settings.tasks.get(task.name)?.boost ?? []
    const labels = dataset.labels.get(task.name)
    for (const [n, row] of rows_N.entries()) {
      weights_N[n] = (weights_N[n] as number) * (boost_C[labels?.[row] ?? -1] ?? 1)
    }
  }
  return weights_N.every((weight) => weight === 1) ? undefined : weights_N
}

/**
 * Rows of one epoch in the order in which they are shown. Without weights every row once, shuffled, and over again if
 * more are asked for; with weights draws with replacement, so that a boosted class fills more of the epoch.
 *
 * @param options `count`: how many, by default as many as there are; `rng`: a stream of this epoch only, so that a
 * resumed trial shows the same rows
 */
export function rowOrder(
  rows_N: Int32Array,
  options: { readonly weights_N?: Float64Array | undefined; readonly count?: number; readonly rng: Rng },
): Int32Array {
  const { weights_N, count = rows_N.length, rng } = options
  if (weights_N === undefined) {
    const order = new Int32Array(count)
    for (let from = 0; from < count; from += rows_N.length) {
      order.set(rng.shuffled([...rows_N]).slice(0, count - from), from)
    }
    return order
  }
  let sum = 0
  const upTo_N = weights_N.map((weight) => {
    sum += weight
    return sum
  })
  return new Int32Array(count).map(() => rows_N[firstAbove(upTo_N, rng.uniform() * sum)] as number)
}

/** Index of the first value above `limit`; the last index when rounding left none. */
function firstAbove(ascending: Float64Array, limit: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as number) > limit) high = middle
    else low = middle + 1
  }
  return low
}

/** Batches in which rows that cost alike are looked for: enough to find them, few enough to keep batches random. */
const BATCHES_A_POOL = 50

/**
 * Cuts an epoch's rows into batches. Where it is known what rows cost (an encoder computes as many positions for every
 * row as the longest of the batch has), each batch gets rows of about the same cost, and batches come in any order.
 */
export function inBatches(
  rows_N: Int32Array,
  { size, costs_N, rng }: { readonly size: number; readonly costs_N?: Int32Array; readonly rng: Rng },
): Int32Array[] {
  if (!costs_N) return chunks(rows_N, size)
  const costOf = (row: number) => costs_N[row] as number
  const pools = chunks(rows_N, size * BATCHES_A_POOL).map((pool) => pool.slice().sort((a, b) => costOf(a) - costOf(b)))
  return rng.shuffled(pools.flatMap((pool) => chunks(pool, size)))
}

function chunks(rows: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.subarray(i * size, (i + 1) * size))
}

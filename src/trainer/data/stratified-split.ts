// Key: N rows.
import { type Rng, rngFor } from '../../base/rng.ts'
import type { Dataset } from '../dataset.ts'
import { Desires } from './desires.ts'

export interface SplitShares {
  /** Shares of all rows, both above 0 and together below 1. */
  readonly val: number
  readonly test: number
  /** Apart from the trials' seeds, so that all trials share validation and test. */
  readonly seed: number
}

/** What is divided. */
export interface RowsToSplit {
  /** By task, N class indices; -1 = not labelled, which counts as a class of its own. */
  readonly labels: readonly Int32Array[]
  /** Rows that stay together, two or more each; no row is in two of them. */
  readonly units?: readonly (readonly number[])[]
}

export interface SplitRows {
  /** Row numbers in ascending order. */
  readonly splits: Dataset['splits']
  /** Combinations of labels with too few rows to reach each split, and their rows. */
  readonly rareCombinations: number
  readonly rareRows: number
}

/**
 * Divides rows so that every combination of labels has the same shares everywhere, not only every single label.
 *
 * Units first, the largest ones at the beginning, each to the split that lacks most of what it has. Then every
 * combination by itself, to less than one row of its shares. The rows of combinations that are too rare for that come
 * last and even out the single labels.
 */
export function stratifiedSplit({ labels, units = [] }: RowsToSplit, shares: SplitShares): SplitRows {
  const count = labels[0]?.length ?? 0
  const desires = new Desires(labels, [1 - shares.val - shares.test, shares.val, shares.test])
  const parts: readonly number[][] = [[], [], []]
  const place = (row: number, part: number) => {
    desires.take(row, part)
    parts[part]?.push(row)
  }
  const shuffledUnits = rngFor(shares.seed, 'split', 'units').shuffled(units)
  for (const unit of shuffledUnits.sort((a, b) => b.length - a.length)) {
    const part = desires.partFor(unit)
    for (const row of unit) place(row, part)
  }
  const inUnits = new Set(units.flat())
  const single = Array.from({ length: count }, (_, row) => row).filter((row) => !inUnits.has(row))
  const combinations = [...grouped(single, (row) => desires.combinationOf(row))].sort(([a], [b]) => (a < b ? -1 : 1))
  const enough = 1 / Math.min(shares.val, shares.test, 1 - shares.val - shares.test)
  for (const [key, rows] of combinations.filter(([, { length }]) => length >= enough)) {
    for (const row of rngFor(shares.seed, 'split', key).shuffled(rows)) place(row, desires.partOfCombination(row))
  }
  const rare = combinations.flatMap(([, rows]) => (rows.length < enough ? [rows] : []))
  evenOut(rare.flat(), { labels, desires, place, rng: rngFor(shares.seed, 'split', 'rare') })
  const [train, val, test] = parts.map((rows) => Int32Array.from(rows).sort()) as [Int32Array, Int32Array, Int32Array]
  return { splits: { train, val, test }, rareCombinations: rare.length, rareRows: rare.flat().length }
}

function grouped(rows: readonly number[], keyOf: (row: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

interface Leftover {
  readonly labels: readonly Int32Array[]
  readonly desires: Desires
  readonly rng: Rng
  place(row: number, part: number): void
}

/**
 * Always goes on with the label that has the fewest rows left, because it is the hardest to divide evenly later.
 *
 * @source Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data", algorithm 1
 */
function evenOut(rows: readonly number[], { labels, desires, place, rng }: Leftover): void {
  const shuffled = rng.shuffled(rows)
  const byLabel = labels.flatMap((of, task) => {
    return [...grouped(shuffled, (row) => String(of[row])).values()].map((rows) => ({ task, rows }))
  })
  const left = new Set(shuffled)
  while (left.size > 0) {
    const remaining = byLabel
      .map(({ task, rows }) => ({ task, rows: rows.filter((row) => left.has(row)) }))
      .filter(({ rows }) => rows.length > 0)
    const fewest = remaining.reduce((a, b) => (b.rows.length < a.rows.length ? b : a))
    for (const row of fewest.rows) {
      place(row, desires.partOfLabel(row, fewest.task))
      left.delete(row)
    }
  }
}

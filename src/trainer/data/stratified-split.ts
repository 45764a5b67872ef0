import { rngFor } from '../../base/rng.ts'
import type { Dataset } from '../dataset.ts'

export interface SplitShares {
  /** Shares of all rows, both above 0 and together below 1. */
  readonly val: number
  readonly test: number
  /** Apart from the trials' seeds, so that all trials share validation and test. */
  readonly seed: number
}

/**
 * Divides rows so that every combination of labels has the same shares everywhere, not only every single label.
 * A combination too rare to reach each split is pooled with the other rare ones.
 *
 * @param keys one a row: its combination of labels; equal keys are one stratum
 * @returns row numbers in ascending order, and how many combinations were pooled
 */
export function stratifiedSplit(
  keys: readonly string[],
  shares: SplitShares,
): { splits: Dataset['splits']; pooledCombinations: number; pooledRows: number } {
  const strata = new Map<string, number[]>()
  keys.forEach((key, row) => {
    const rows = strata.get(key)
    if (rows) rows.push(row)
    else strata.set(key, [row])
  })
  const enough = 1 / Math.min(shares.val, shares.test, 1 - shares.val - shares.test)
  const sorted = [...strata].sort(([a], [b]) => (a < b ? -1 : 1))
  const shuffled = sorted.map(([key, rows]) => rngFor(shares.seed, 'split', key).shuffled(rows))
  const rare = shuffled.filter((rows) => rows.length < enough)
  const groups = [...shuffled.filter((rows) => rows.length >= enough), rare.flat()]
  const parts: [number[], number[], number[]] = [[], [], []]
  for (const rows of groups) deal(rows, shares, parts)
  const [train, val, test] = parts.map((rows) => Int32Array.from(rows).sort()) as [Int32Array, Int32Array, Int32Array]
  return { splits: { train, val, test }, pooledCombinations: rare.length, pooledRows: rare.flat().length }
}

/** Gives each row to the split that is furthest behind its share of this group; train first. */
function deal(rows: readonly number[], shares: SplitShares, parts: readonly number[][]): void {
  const share = [1 - shares.val - shares.test, shares.val, shares.test]
  const given = [0, 0, 0]
  rows.forEach((row, index) => {
    let behind = 0
    let most = Number.NEGATIVE_INFINITY
    for (let part = 0; part < share.length; part++) {
      const lack = (share[part] as number) * (index + 1) - (given[part] as number)
      if (lack > most + 1e-9) {
        behind = part
        most = lack
      }
    }
    given[behind] = (given[behind] as number) + 1
    parts[behind]?.push(row)
  })
}

import type { PooledVariance } from './intervals.ts'

/** One value of a table with rows and columns, such as configurations and seeds. */
export interface Cell {
  readonly row: number
  readonly column: number
  readonly value: number
}

const MOST_ROUNDS = 1000
/** A round that moves no mean by more than this share of the values' range has arrived. */
const STILL = 1e-12

/**
 * The noise that is left when each row and each column has a mean of its own, from a table in which cells may be
 * missing: what a seed does to all configurations alike is not noise in a comparison over common seeds.
 *
 * Additive model by least squares, found by taking row and column means out in turns; for a full table the first round
 * is the answer. Degrees of freedom: cells - rows - columns + parts of the table that share no row or column.
 *
 * @source Searle, Casella and McCulloch 1992, 4.2 (two-way classification without interaction, unbalanced)
 */
export function twoWayNoise(cells: readonly Cell[]): PooledVariance {
  const rows = groupsBy(cells, ({ row }) => row)
  const columns = groupsBy(cells, ({ column }) => column)
  const df = cells.length - rows.length - columns.length + partsOf(cells, rows, columns)
  if (df <= 0) return { variance: Number.NaN, df: 0 }
  const residuals = Float64Array.from(cells, ({ value }) => value)
  const range = rangeOf(residuals)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const moved = Math.max(takeMeansOut(residuals, rows), takeMeansOut(residuals, columns))
    if (!(moved > STILL * range)) break
  }
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
  return { variance: squares / df, df }
}

/** @returns places in `cells`, one list for each group */
function groupsBy(cells: readonly Cell[], keyOf: (cell: Cell) => number): number[][] {
  const groups = new Map<number, number[]>()
  for (const [i, cell] of cells.entries()) {
    const group = groups.get(keyOf(cell))
    if (group === undefined) groups.set(keyOf(cell), [i])
    else group.push(i)
  }
  return [...groups.values()]
}

function rangeOf(values: Float64Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high - low
}

/** @returns the largest of the means */
function takeMeansOut(residuals: Float64Array, groups: readonly (readonly number[])[]): number {
  let largest = 0
  for (const group of groups) {
    const mean = group.reduce((sum, i) => sum + (residuals[i] as number), 0) / group.length
    for (const i of group) residuals[i] = (residuals[i] as number) - mean
    largest = Math.max(largest, Math.abs(mean))
  }
  return largest
}

/** Parts of the table that no chain of common rows and columns connects. */
function partsOf(cells: readonly Cell[], rows: readonly number[][], columns: readonly number[][]): number {
  const part = Array.from(cells, (_, i) => i)
  const find = (i: number): number => {
    let root = i
    while (part[root] !== root) root = part[root] as number
    for (let at = i; part[at] !== root; ) [part[at], at] = [root, part[at] as number]
    return root
  }
  for (const group of [...rows, ...columns]) for (const i of group) part[find(i)] = find(group[0] as number)
  return new Set(part.map((_, i) => find(i))).size
}

import { median } from 'simple-statistics'
import type { PooledVariance } from './intervals.ts'
import { type Cell, twoWayNoise } from './two-way.ts'

/** What is believed of one row's true mean: a normal distribution. */
export interface Belief {
  readonly row: number
  /** Values of the row. */
  readonly n: number
  /** Mean of its values, column effects taken out. */
  readonly observed: number
  readonly mean: number
  readonly variance: number
}

/** Noisy rows as a crowd. */
export interface HierarchicalMeans {
  /** One for each row that has a value, in the order of first appearance. */
  readonly beliefs: readonly Belief[]
  /** Of one value around its row's mean, column effects taken out; never without degrees of freedom. */
  readonly noise: PooledVariance
  /** The same from the replicates alone: NaN and 0 when no two rows have two columns in common. */
  readonly measured: PooledVariance
  /** What the true means of the better half scatter around `centre` by, as a variance. */
  readonly spread: number
  readonly centre: number
}

/**
 * Before there are replicates, the noise is believed to be a tenth of the variance that is seen, with the weight of two
 * observations: enough that one lucky pair of equal values does not pass for an absence of noise.
 */
const PRIOR_NOISE = { share: 0.1, df: 2 }
/** Rows never count as more alike than this share of the noise variance: what is measured often may still stand out. */
const LEAST_SPREAD = 0.1
const ROUNDS = 25

/**
 * Posterior of each row's true mean (configurations, say) when all have common normal noise and columns (seeds) move
 * all rows alike. Larger is better.
 *
 * Each row is drawn from a normal distribution around the median with the spread of the better half: the bad half of a
 * search is full of failures whose distance says nothing of the differences between leaders. So a row with one value is
 * pulled to the centre further than one with many, and a single lucky value does not win.
 *
 * @source empirical Bayes, Efron and Morris (1975); the half-sided spread departs from it
 */
export function hierarchicalMeans(cells: readonly Cell[]): HierarchicalMeans {
  const byRow = new Map<number, Cell[]>()
  for (const cell of cells) {
    const list = byRow.get(cell.row)
    if (list === undefined) byRow.set(cell.row, [cell])
    else list.push(cell)
  }
  const repeated = [...byRow.values()].filter((list) => list.length > 1)
  const measured = twoWayNoise(repeated.flat())
  const effects = columnEffects(repeated, measured)
  const rows = [...byRow].map(([row, list]) => {
    const total = list.reduce((sum, { column, value }) => sum + value - (effects.get(column) ?? 0), 0)
    return { row, n: list.length, observed: total / list.length }
  })
  const centre = rows.length === 0 ? Number.NaN : median(rows.map(({ observed }) => observed))
  const seen = upperVariance(rows, centre)
  const noise = withPrior(measured, seen)
  const spread = Math.max(seen - noise.variance * meanShare(rows, centre), LEAST_SPREAD * noise.variance)
  return { beliefs: rows.map((row) => believe(row, { centre, spread, noise })), noise, measured, spread, centre }
}

type Row = Pick<Belief, 'row' | 'n' | 'observed'>

function believe(
  row: Row,
  { centre, spread, noise }: { centre: number; spread: number; noise: PooledVariance },
): Belief {
  const error = noise.variance / row.n
  const weight = spread + error === 0 ? 1 : spread / (spread + error)
  const { observed, n } = row
  return { row: row.row, n, observed, mean: centre + weight * (observed - centre), variance: weight * error }
}

function upperVariance(rows: readonly Row[], centre: number): number {
  const upper = rows.filter(({ observed }) => observed > centre)
  return upper.reduce((sum, { observed }) => sum + (observed - centre) ** 2, 0) / Math.max(1, upper.length)
}

/** Mean of 1 / n over the better half. */
function meanShare(rows: readonly Row[], centre: number): number {
  const upper = rows.filter(({ observed }) => observed > centre)
  return upper.reduce((sum, { n }) => sum + 1 / n, 0) / Math.max(1, upper.length)
}

function withPrior(measured: PooledVariance, seen: number): PooledVariance {
  const df = measured.df + PRIOR_NOISE.df
  const squares = measured.df === 0 ? 0 : measured.variance * measured.df
  return { variance: (squares + PRIOR_NOISE.df * PRIOR_NOISE.share * seen) / df, df }
}

/** What each column adds to all rows alike, pulled to 0 by how little is known of it; columns that nobody repeats add 0. */
function columnEffects(repeated: readonly (readonly Cell[])[], noise: PooledVariance): ReadonlyMap<number, number> {
  const effects = new Map<number, number>()
  if (noise.df === 0) return effects
  const counts = new Map<number, number>()
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Map<number, number>()
    counts.clear()
    for (const list of repeated) {
      const mean = list.reduce((sum, { column, value }) => sum + value - (effects.get(column) ?? 0), 0) / list.length
      for (const { column, value } of list) {
        sums.set(column, (sums.get(column) ?? 0) + value - mean)
        counts.set(column, (counts.get(column) ?? 0) + 1)
      }
    }
    for (const [column, sum] of sums) effects.set(column, sum / (counts.get(column) as number))
  }
  const errorOf = (column: number) => noise.variance / (counts.get(column) as number)
  const columns = [...effects]
  const average = columns.reduce((sum, [, effect]) => sum + effect, 0) / columns.length
  const excess = columns.reduce((sum, [column, effect]) => sum + (effect - average) ** 2 - errorOf(column), 0)
  const between = Math.max(0, excess / columns.length)
  for (const [column, effect] of columns) {
    const weight = between === 0 ? 0 : between / (between + errorOf(column))
    effects.set(column, weight * (effect - average))
  }
  return effects
}

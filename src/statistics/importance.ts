// Key: N rows, D axes.

import type { Rng } from '../base/rng.ts'
import type { Resampled } from './expected-best.ts'
import { growTree, type Leaf, predict, totalVariance, varianceOf } from './regression-tree.ts'

/** One parameter: `choices` names how many unordered values it has; absent = ordered, from 0 to 1. */
export interface Axis {
  readonly choices?: number
}

export interface ImportanceData {
  readonly axes: readonly Axis[]
  /** Place on each axis: 0 to 1 where ordered, the number of the choice otherwise; undefined = the row lacks it. */
  readonly rows: readonly (readonly (number | undefined)[])[]
  readonly values: readonly number[]
}

export interface Importance {
  /** Share of the variance that each axis explains alone, averaged over all the others. */
  readonly single: readonly Resampled[]
  /** What two axes explain together beyond each alone; the largest first. */
  readonly pairs: readonly { readonly axes: readonly [number, number]; readonly share: Resampled }[]
  /** Upper end of what an axis of pure chance, beside the others, got: less than this is nothing. */
  readonly chance: number
  /** Value when only one axis is changed from `at`, for each of `places` of the axis. */
  along(axis: number, at: readonly (number | undefined)[], places: readonly number[]): Resampled[]
}

const RESAMPLES = 30
const TREES = 3
/** Pairs are looked at among so many axes, those with the largest shares. */
const PAIRED = 8
export const FEWEST_FOR_IMPORTANCE = 20
const MOST_ROWS = 400

interface Grown {
  readonly leaves: readonly Leaf[]
  /** Where each choice lies on the tree's own axes. */
  readonly order: readonly (readonly number[])[]
}

/**
 * Shares of variance of each axis and pair, by a random forest whose trees are taken apart exactly.
 *
 * Departures: trees rest on a bootstrap of the rows, three for each, and intervals are the range over the bootstrap
 * samples (95 %); choices are put in random order for each tree; an axis that a row lacks gets a random place for each
 * tree, so that nothing depends on it there; and one axis more of pure chance tells what noise alone is given.
 *
 * Trees look one split ahead: of a pair that does nothing one by one and all together, they find a part only.
 *
 * @source Hutter, Hoos and Leyton-Brown 2014 (functional ANOVA)
 * @returns undefined for fewer than 20 rows, or when all values are the same
 */
export function importanceOf(data: ImportanceData, rng: Rng): Importance | undefined {
  const { axes, rows, values } = thinned(data, rng)
  if (rows.length < FEWEST_FOR_IMPORTANCE || values.every((value) => value === values[0])) return undefined
  const forests = Array.from({ length: RESAMPLES }, () => {
    const drawn = rows.map(() => rng.below(rows.length))
    return Array.from({ length: TREES }, () => grown({ axes, rows, values }, drawn, rng))
  })
  const shareOf = (trees: readonly Grown[], of: (leaves: readonly Leaf[]) => number) =>
    trees.reduce((sum, { leaves }) => sum + of(leaves) / (totalVariance(leaves) || 1), 0) / trees.length
  const over = (of: (leaves: readonly Leaf[]) => number) => spread(forests.map((trees) => shareOf(trees, of)))
  const single = axes.map((_, d) => over((leaves) => varianceOf(leaves, [d])))
  const chance = over((leaves) => varianceOf(leaves, [axes.length])).high
  const largest = axes
    .map((_, d) => d)
    .sort((a, b) => (single[b]?.estimate ?? 0) - (single[a]?.estimate ?? 0))
    .slice(0, PAIRED)
  const pairs = largest.flatMap((a, i) =>
    largest.slice(i + 1).map((b) => ({
      axes: [a, b] as const,
      share: over((leaves) =>
        Math.max(0, varianceOf(leaves, [a, b]) - varianceOf(leaves, [a]) - varianceOf(leaves, [b])),
      ),
    })),
  )
  return {
    single,
    pairs: pairs.sort((a, b) => b.share.estimate - a.share.estimate),
    chance,
    along: (axis, at, places) =>
      places.map((place) => spread(forests.map((trees) => valueAt(trees, axes, at.with(axis, place))))),
  }
}

function thinned(data: ImportanceData, rng: Rng): ImportanceData {
  if (data.rows.length <= MOST_ROWS) return data
  const kept = rng.shuffled(data.rows.map((_, i) => i)).slice(0, MOST_ROWS)
  return {
    axes: data.axes,
    rows: kept.map((i) => data.rows[i] ?? []),
    values: kept.map((i) => data.values[i] as number),
  }
}

function grown({ axes, rows, values }: ImportanceData, drawn: readonly number[], rng: Rng): Grown {
  const order = axes.map(({ choices = 0 }) => rng.shuffled(Array.from({ length: choices }, (_, i) => i)))
  const chance = rows.map(() => rng.uniform())
  const points = drawn.map((i) => [
    ...axes.map((_, d) => placed(rows[i]?.[d], order[d] as readonly number[]) ?? rng.uniform()),
    chance[i] as number,
  ])
  return { leaves: growTree({ rows: points, values: drawn.map((i) => values[i] as number) }, rng), order }
}

/** The middle of the choice's equal part of the axis. */
function placed(at: number | undefined, order: readonly number[]): number | undefined {
  return at === undefined || order.length === 0 ? at : ((order[at] as number) + 0.5) / order.length
}

function valueAt(trees: readonly Grown[], axes: readonly Axis[], at: readonly (number | undefined)[]): number {
  const values = trees.map(({ leaves, order }) =>
    predict(leaves, [...axes.map((_, d) => placed(at[d], order[d] as readonly number[]) ?? 0.5), 0.5]),
  )
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function spread(values: readonly number[]): Resampled {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.round(share * (sorted.length - 1)))] as number
  return { estimate: values.reduce((sum, value) => sum + value, 0) / values.length, low: at(0.025), high: at(0.975) }
}

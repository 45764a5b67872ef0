// Key: N rows, D features, C classes of one task.
import { type Rng, rngFor } from '../../base/rng.ts'
import type { Dataset } from '../dataset.ts'
import { type FeatureTable, rowCount } from '../features/feature-table.ts'
import { Distances, eachValue } from './neighbours.ts'

export interface SyntheticSettings {
  readonly synthetic: 'none' | 'smote' | 'adasyn'
  /** K: rows of a class between which a new one may lie. */
  readonly neighbours: number
  /** By task and class, which part of the gap to the largest class is filled; 1 = as many rows as the largest. */
  readonly shares: readonly (readonly number[])[]
}

/** A row between two others: start + gap (end - start). */
export interface SyntheticRow {
  readonly task: string
  readonly class: number
  readonly start: number
  readonly end: number
  /** From 0 to below 1. */
  readonly gap: number
}

/** Rows of a class that are looked at as neighbours; more take a draw of them, so that time stays linear. */
const CANDIDATES = 4_000

/**
 * New training rows between neighbouring ones of a class, until the class fills its share of the gap to the largest.
 * SMOTE starts from every row of the class alike, ADASYN from those more often that have other classes around them.
 *
 * @returns none for a class with fewer than two rows, or (ADASYN) with no row of another class near any of its own
 * @source Chawla et al. 2002, "SMOTE", section 4.2 with one gap a row, so that new rows lie on the line between two;
 *   He et al. 2008, "ADASYN", section III, beta being the share
 */
export function syntheticRows(dataset: Dataset, settings: SyntheticSettings, seed: number): SyntheticRow[] {
  if (settings.synthetic === 'none') return []
  const distances = new Distances(dataset.features)
  return dataset.tasks.flatMap(({ name, classes }, t) => {
    const labels_N = dataset.labels.get(name) as Int32Array
    const labelled = [...dataset.splits.train].filter((row) => (labels_N[row] as number) >= 0)
    const rows_C = classes.map((_, c) => labelled.filter((row) => labels_N[row] === c))
    const largest = Math.max(...rows_C.map((rows) => rows.length))
    return rows_C.flatMap((rows, c): SyntheticRow[] => {
      const wanted = Math.round((settings.shares[t]?.[c] ?? 0) * (largest - rows.length))
      if (wanted <= 0 || rows.length < 2) return []
      const rng = rngFor(seed, 'synthetic rows', name, classes[c] as string)
      const near = { distances, rng, neighbours: settings.neighbours }
      const counts =
        settings.synthetic === 'smote'
          ? evenCounts(rows.length, wanted, rng)
          : adaptiveCounts(hardness(rows, labelled, { ...near, isOther: (row) => labels_N[row] !== c }), wanted)
      return between(rows, counts, near).map((row) => ({ task: name, class: c, ...row }))
    })
  })
}

/** How many rows were made, by class. */
export function syntheticLine(tasks: Dataset['tasks'], rows: readonly SyntheticRow[], kind: string): string {
  const counts = tasks.flatMap(({ name, classes }) =>
    classes.flatMap((className, c) => {
      const made = rows.filter((row) => row.task === name && row.class === c).length
      return made > 0 ? [`${made} ${name}.${className}`] : []
    }),
  )
  return `synthetic rows (${kind}): ${counts.join(', ') || 'none'}`
}

interface Neighbourhood {
  readonly distances: Distances
  readonly rng: Rng
  readonly neighbours: number
}

/** As often from every row; what is left over from rows that are drawn, none twice. */
function evenCounts(rows: number, wanted: number, rng: Rng): number[] {
  const extra = new Set(rng.shuffled(Array.from({ length: rows }, (_, i) => i)).slice(0, wanted % rows))
  return Array.from({ length: rows }, (_, i) => Math.floor(wanted / rows) + (extra.has(i) ? 1 : 0))
}

/** Of each row, the share of other classes among its nearest rows: r_i = Delta_i / K. */
export function hardness(
  rows: readonly number[],
  all: readonly number[],
  { distances, rng, neighbours, isOther }: Neighbourhood & { readonly isOther: (row: number) => boolean },
): number[] {
  const candidates = drawn(all, rng)
  return rows.map((row) => {
    const near = distances.nearest(row, candidates, neighbours)
    return near.filter(isOther).length / Math.max(1, near.length)
  })
}

/** Divides `wanted` in proportion, by largest remainders, so that no row is lost to rounding. */
export function adaptiveCounts(weights: readonly number[], wanted: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  if (sum === 0) return weights.map(() => 0)
  const exact = weights.map((weight) => (weight / sum) * wanted)
  const counts = exact.map(Math.floor)
  const missing = wanted - counts.reduce((a, b) => a + b, 0)
  const byRemainder = exact
    .map((value, i) => ({ i, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i)
  for (const { i } of byRemainder.slice(0, missing)) counts[i] = (counts[i] as number) + 1
  return counts
}

function between(
  rows: readonly number[],
  counts: readonly number[],
  { distances, rng, neighbours }: Neighbourhood,
): Pick<SyntheticRow, 'start' | 'end' | 'gap'>[] {
  const candidates = drawn(rows, rng)
  return rows.flatMap((start, i) => {
    if (counts[i] === 0) return []
    const near = distances.nearest(start, candidates, neighbours)
    return Array.from({ length: counts[i] as number }, () => {
      return { start, end: near[rng.below(near.length)] as number, gap: rng.uniform() }
    })
  })
}

const drawn = (rows: readonly number[], rng: Rng) =>
  rows.length <= CANDIDATES ? rows : rng.shuffled(rows).slice(0, CANDIDATES)

/**
 * The dataset with these rows at its end, in training. Each is labelled for the task it was made for and for no other,
 * so that it does not unbalance that one.
 */
export function withSyntheticRows(dataset: Dataset, rows: readonly SyntheticRow[]): Dataset {
  if (rows.length === 0) return dataset
  const before = dataset.ids.length
  const labels = new Map(
    [...dataset.labels].map(([task, of]) => [
      task,
      Int32Array.from([...of, ...rows.map((row) => (row.task === task ? row.class : -1))]),
    ]),
  )
  const numbers = rows.map((_, i) => before + i)
  return {
    ...dataset,
    ids: [...dataset.ids, ...rows.map((_, i) => `synthetic:${i}`)],
    features: withInterpolated(dataset.features, rows),
    labels,
    splits: { ...dataset.splits, train: Int32Array.from([...dataset.splits.train, ...numbers]) },
  }
}

function withInterpolated(table: FeatureTable, rows: readonly SyntheticRow[]): FeatureTable {
  const { width } = table
  const count = rowCount(table)
  if (table.kind === 'dense') {
    const values_ND = new Float32Array((count + rows.length) * width)
    values_ND.set(table.values_ND)
    for (const [i, row] of rows.entries()) values_ND.set(interpolated(table, row), (count + i) * width)
    return { kind: 'dense', width, values_ND }
  }
  const added = rows.map((row) => {
    const row_D = interpolated(table, row)
    const columns = [...row_D.keys()].filter((d) => row_D[d] !== 0)
    return { columns, values: columns.map((d) => row_D[d] as number) }
  })
  const starts = new Int32Array(count + rows.length + 1)
  starts.set(table.starts)
  for (const [i, { columns }] of added.entries()) starts[count + i + 1] = (starts[count + i] as number) + columns.length
  const columns_F = new Int32Array(starts[count + rows.length] as number)
  const values_F = new Float32Array(columns_F.length)
  columns_F.set(table.columns_F)
  values_F.set(table.values_F)
  for (const [i, { columns, values }] of added.entries()) {
    columns_F.set(columns, starts[count + i])
    values_F.set(values, starts[count + i])
  }
  return { kind: 'sparse', width, starts, columns_F, values_F }
}

/** D values */
function interpolated(table: FeatureTable, { start, end, gap }: SyntheticRow): Float32Array {
  const row_D = new Float32Array(table.width)
  eachValue(table, start, (d, value) => {
    row_D[d] = (1 - gap) * value
  })
  eachValue(table, end, (d, value) => {
    row_D[d] = (row_D[d] as number) + gap * value
  })
  return row_D
}

import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { Distances, eachValue } from '../../src/trainer/augmentation/neighbours.ts'
import {
  adaptiveCounts,
  hardness,
  syntheticLine,
  syntheticRows,
  withSyntheticRows,
} from '../../src/trainer/augmentation/synthetic-rows.ts'
import type { Dataset } from '../../src/trainer/dataset.ts'
import {
  type DenseTable,
  denseTable,
  type FeatureTable,
  type SparseTable,
} from '../../src/trainer/features/feature-table.ts'

/** Two columns; the first class is large, the second has the rows 6 to 8, of which row 8 stands among the first. */
const points = [0, 0, 1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 10, 10, 11, 10, 1, 2]

function dataset(changes: Partial<Dataset> = {}): Dataset {
  return {
    tasks: [
      { name: 'tone', classes: ['many', 'few'] },
      { name: 'place', classes: ['here', 'there'] },
    ],
    ids: Array.from({ length: 12 }, (_, i) => `row-${i}`),
    features: denseTable(Float32Array.from([...points, 50, 50, 51, 51, 52, 52]), 2),
    width: 2,
    labels: new Map([
      ['tone', Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1)],
      ['place', Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1)],
    ]),
    splits: { train: Int32Array.from({ length: 9 }, (_, i) => i), val: Int32Array.of(9, 10), test: Int32Array.of(11) },
    ...changes,
  }
}

const settings = {
  synthetic: 'smote',
  neighbours: 2,
  shares: [
    [1, 1],
    [0, 0],
  ],
} as const

function sparse({ values_ND, width }: DenseTable): SparseTable {
  const starts = [0]
  const columns: number[] = []
  for (const [i, value] of values_ND.entries()) {
    if (value !== 0) columns.push(i % width)
    if (i % width === width - 1) starts.push(columns.length)
  }
  return {
    kind: 'sparse',
    width,
    starts: Int32Array.from(starts),
    columns_F: Int32Array.from(columns),
    values_F: values_ND.filter((value) => value !== 0),
  }
}

function valuesOf(table: FeatureTable, row: number): number[] {
  const values_D = new Array<number>(table.width).fill(0)
  eachValue(table, row, (d, value) => {
    values_D[d] = value
  })
  return values_D
}

describe('SMOTE', () => {
  const rows = syntheticRows(dataset(), settings, 1)

  it('fills the whole gap to the largest class, alike from every row, with training rows of the class only', () => {
    expect(rows.map(({ task, class: c }) => [task, c])).toEqual(Array.from({ length: 3 }, () => ['tone', 1]))
    expect(rows.map(({ start }) => start).sort()).toEqual([6, 7, 8])
    for (const { start, end, gap } of rows) {
      expect(end).not.toBe(start)
      expect([6, 7, 8]).toContain(end)
      expect(gap >= 0 && gap < 1).toBe(true)
    }
  })

  it('puts each row on the line between its two, labelled for its task alone', () => {
    const more = withSyntheticRows(dataset(), rows)
    const { values_ND } = more.features as DenseTable
    for (const [i, { start, end, gap }] of rows.entries()) {
      for (const d of [0, 1]) {
        const [a, b] = [values_ND[2 * start + d] as number, values_ND[2 * end + d] as number]
        expect(values_ND[2 * (12 + i) + d]).toBeCloseTo(a + gap * (b - a), 5)
      }
    }
    expect([...(more.labels.get('tone') ?? [])].slice(12)).toEqual([1, 1, 1])
    expect([...(more.labels.get('place') ?? [])].slice(12)).toEqual([-1, -1, -1])
    expect(more.splits).toEqual({
      ...dataset().splits,
      train: Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14]),
    })
  })

  it('gives the same rows from sparse features', () => {
    const table = sparse(dataset().features as DenseTable)
    expect(syntheticRows(dataset({ features: table }), settings, 1)).toEqual(rows)
    const more = withSyntheticRows(dataset({ features: table }), rows)
    const dense = withSyntheticRows(dataset(), rows)
    for (const row of more.ids.keys()) expect(valuesOf(more.features, row)).toEqual(valuesOf(dense.features, row))
  })

  it('fills the part of the gap that it is told to, and makes nothing of a class with one row', () => {
    expect(
      syntheticRows(
        dataset(),
        {
          ...settings,
          shares: [
            [1, 0.34],
            [0, 0],
          ],
        },
        1,
      ).length,
    ).toBe(1)
    const train = Int32Array.of(0, 1, 2, 6)
    expect(syntheticRows(dataset({ splits: { ...dataset().splits, train } }), settings, 1)).toEqual([])
  })

  it('is the same for a seed, and counted in words', () => {
    expect(syntheticRows(dataset(), settings, 1)).toEqual(rows)
    expect(syntheticRows(dataset(), settings, 2)).not.toEqual(rows)
    expect(syntheticLine(dataset().tasks, rows, 'smote')).toBe('synthetic rows (smote): 3 tone.few')
  })
})

describe('ADASYN', () => {
  it('counts the other classes among the nearest rows: r_i = Delta_i / K', () => {
    const { features, labels, splits } = dataset()
    const near = { distances: new Distances(features), rng: rngFor(1, 'x'), neighbours: 2 }
    const isOther = (row: number) => labels.get('tone')?.[row] === 0
    // Rows 6 and 7 have each other and then row 8; row 8 stands among rows 3 and 5.
    expect(hardness([6, 7, 8], [...splits.train], { ...near, isOther })).toEqual([0, 0, 1])
  })

  it('makes g_i = G r_i / sum(r) rows from each', () => {
    expect(adaptiveCounts([0, 0.5, 1], 9)).toEqual([0, 3, 6])
    expect(adaptiveCounts([1, 1, 1], 4)).toEqual([2, 1, 1])
    expect(adaptiveCounts([0, 0], 5)).toEqual([0, 0])
  })

  it('starts only where other classes are near', () => {
    const rows = syntheticRows(dataset(), { ...settings, synthetic: 'adasyn' }, 1)
    expect(rows.map(({ start }) => start)).toEqual([8, 8, 8])
  })
})

describe('neighbours', () => {
  it('are the nearest by Euclidean distance, of equals the lower row', () => {
    const distances = new Distances(denseTable(Float32Array.from(points), 2))
    expect(distances.nearest(0, [0, 1, 2, 3, 4, 5], 3)).toEqual([1, 2, 3])
    expect(distances.nearest(6, [0, 1, 2, 3, 4, 5, 6, 7, 8], 2)).toEqual([7, 8])
  })
})

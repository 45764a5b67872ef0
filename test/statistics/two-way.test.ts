import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cell, twoWayNoise } from '../../src/statistics/two-way.ts'

const table = (rows: readonly (readonly (number | undefined)[])[]): Cell[] =>
  rows.flatMap((values, row) =>
    values.flatMap((value, column) => (value === undefined ? [] : [{ row, column, value }])),
  )

/** Least squares by the normal equations, with a column of the design for each row and each column of the table. */
function residualSquares(cells: readonly Cell[], rows: number, columns: number): number {
  const width = rows + columns
  const design = cells.map(({ row, column }) =>
    Array.from({ length: width }, (_, i) => (i === row || i === rows + column ? 1 : 0)),
  )
  // A trace of ridge makes the (rank deficient) system solvable without moving the fitted values.
  const normal = Array.from({ length: width }, (_, i) => [
    ...Array.from({ length: width }, (_, j) =>
      design.reduce((sum, d) => sum + (d[i] as number) * (d[j] as number), i === j ? 1e-9 : 0),
    ),
    cells.reduce((sum, { value }, k) => sum + (design[k]?.[i] as number) * value, 0),
  ])
  for (let i = 0; i < width; i++) {
    const pivot = normal[i] as number[]
    for (let k = 0; k < width; k++) {
      if (k === i) continue
      const line = normal[k] as number[]
      const factor = (line[i] as number) / (pivot[i] as number)
      for (let j = i; j <= width; j++) line[j] = (line[j] as number) - factor * (pivot[j] as number)
    }
  }
  const fitted = normal.map((line, i) => (line[width] as number) / (line[i] as number))
  return cells.reduce((sum, { row, column, value }) => {
    return sum + (value - (fitted[row] as number) - (fitted[rows + column] as number)) ** 2
  }, 0)
}

describe('twoWayNoise', () => {
  it('gives the interaction mean square of a full table', () => {
    // Row means 2, 5; column means 2.5, 3.5, 4.5: what is left is -0.5, 0, 0.5 and its opposite.
    const { variance, df } = twoWayNoise(
      table([
        [0.5, 2, 3.5],
        [4.5, 5, 5.5],
      ]),
    )
    expect(df).toBe(2)
    expect(variance).toBeCloseTo((4 * 0.25) / 2, 12)
  })

  it('finds none where each row is another one, moved', () => {
    const { variance, df } = twoWayNoise(
      table([
        [1, 5, 2],
        [11, 15, 12],
        [1.5, undefined, 2.5],
      ]),
    )
    expect(df).toBe(3)
    expect(variance).toBeCloseTo(0, 12)
  })

  it('knows nothing of a single row, a single column, or of parts that share nothing but one cell each', () => {
    expect(twoWayNoise(table([[1, 2, 3]]))).toEqual({ variance: Number.NaN, df: 0 })
    expect(twoWayNoise(table([[1], [2]]))).toEqual({ variance: Number.NaN, df: 0 })
    expect(
      twoWayNoise(
        table([
          [1, undefined],
          [undefined, 2],
        ]),
      ).df,
    ).toBe(0)
    expect(twoWayNoise([])).toEqual({ variance: Number.NaN, df: 0 })
  })

  it('agrees with least squares on tables with holes', () => {
    const cell = fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined, freq: 4 })
    const rows = fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(rows, (values) => {
        const cells = table(values)
        const { variance, df } = twoWayNoise(cells)
        fc.pre(df > 0)
        expect(variance * df).toBeCloseTo(residualSquares(cells, values.length, 4), 3)
      }),
    )
  })
})

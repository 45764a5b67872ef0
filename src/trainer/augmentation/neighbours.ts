// Key: D features.
import type { FeatureTable } from '../features/feature-table.ts'

/** Euclidean distances between rows of a table. */
export class Distances {
  readonly #table: FeatureTable
  /** D, one row written out. */
  readonly #row_D: Float32Array
  readonly #squares = new Map<number, number>()

  constructor(table: FeatureTable) {
    this.#table = table
    this.#row_D = new Float32Array(table.width)
  }

  /** @returns the `count` rows among `others` that are nearest to `row`, itself left out; of equals the lower number */
  nearest(row: number, others: readonly number[], count: number): number[] {
    this.#row_D.fill(0)
    this.#each(row, (d, value) => {
      this.#row_D[d] = value
    })
    const found: { other: number; distance: number }[] = []
    for (const other of others) {
      if (other === row) continue
      const distance = this.#square(other) - 2 * this.#product(other)
      const last = found[count - 1]
      if (last && (distance > last.distance || (distance === last.distance && other > last.other))) continue
      found.push({ other, distance })
      found.sort((a, b) => a.distance - b.distance || a.other - b.other)
      if (found.length > count) found.pop()
    }
    return found.map(({ other }) => other)
  }

  #product(other: number): number {
    let sum = 0
    this.#each(other, (d, value) => {
      sum += value * (this.#row_D[d] as number)
    })
    return sum
  }

  #square(row: number): number {
    const known = this.#squares.get(row)
    if (known !== undefined) return known
    let sum = 0
    this.#each(row, (_, value) => {
      sum += value * value
    })
    this.#squares.set(row, sum)
    return sum
  }

  #each(row: number, visit: (d: number, value: number) => void): void {
    eachValue(this.#table, row, visit)
  }
}

/** Visits the values of one row that may differ from 0, in the order of their columns. */
export function eachValue(table: FeatureTable, row: number, visit: (d: number, value: number) => void): void {
  if (table.kind === 'dense') {
    const from = row * table.width
    for (let d = 0; d < table.width; d++) visit(d, table.values_ND[from + d] as number)
    return
  }
  const { starts, columns_F, values_F } = table
  for (let f = starts[row] as number; f < (starts[row + 1] as number); f++) {
    visit(columns_F[f] as number, values_F[f] as number)
  }
}

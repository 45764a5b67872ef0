/**
 * The features of some texts, one row each: all values, or only those that are not 0.
 *
 * Key: N texts, D features, F values that are not 0.
 */
export type FeatureTable = DenseTable | SparseTable

export interface DenseTable {
  readonly kind: 'dense'
  /** D */
  readonly width: number
  /** N x D, row-major. */
  readonly values_ND: Float32Array
}

export interface SparseTable {
  readonly kind: 'sparse'
  /** D */
  readonly width: number
  /** N + 1: where each row starts in the other two. */
  readonly starts: Int32Array
  /** F column numbers, rising within a row. */
  readonly columns_F: Int32Array
  /** F */
  readonly values_F: Float32Array
}

export function denseTable(values_ND: Float32Array, width: number): DenseTable {
  return { kind: 'dense', width, values_ND }
}

/** N */
export function rowCount(table: FeatureTable): number {
  return table.kind === 'sparse' ? table.starts.length - 1 : table.values_ND.length / table.width
}

/** Some rows of a sparse table with their zeros, one after the other. Rows may repeat. */
export function writtenOut({ starts, columns_F, values_F, width }: SparseTable, rows: Int32Array): Float32Array {
  const values = new Float32Array(rows.length * width)
  for (const [i, row] of rows.entries()) {
    for (let f = starts[row] as number; f < (starts[row + 1] as number); f++) {
      values[i * width + (columns_F[f] as number)] = values_F[f] as number
    }
  }
  return values
}

/** Collects a sparse table row after row. */
export class SparseTableBuilder {
  readonly #width: number
  readonly #starts: Int32Array
  #columns_F: Int32Array
  #values_F: Float32Array
  #rows = 0
  #filled = 0

  constructor(rows: number, width: number) {
    this.#width = width
    this.#starts = new Int32Array(rows + 1)
    this.#columns_F = new Int32Array(rows * 32)
    this.#values_F = new Float32Array(rows * 32)
  }

  /** @param columns rising; `row_D` holds their values */
  addRow(columns: Int32Array, row_D: Float32Array): void {
    this.#makeRoom(columns.length)
    this.#columns_F.set(columns, this.#filled)
    for (let i = 0; i < columns.length; i++) {
      this.#values_F[this.#filled + i] = row_D[columns[i] as number] as number
    }
    this.#filled += columns.length
    this.#starts[++this.#rows] = this.#filled
  }

  table(): SparseTable {
    const [columns_F, values_F] = [this.#columns_F.slice(0, this.#filled), this.#values_F.slice(0, this.#filled)]
    return { kind: 'sparse', width: this.#width, starts: this.#starts, columns_F, values_F }
  }

  #makeRoom(more: number): void {
    if (this.#filled + more <= this.#columns_F.length) return
    const [columns_F, values_F] = [this.#columns_F, this.#values_F]
    this.#columns_F = new Int32Array(2 * (this.#filled + more))
    this.#values_F = new Float32Array(2 * (this.#filled + more))
    this.#columns_F.set(columns_F)
    this.#values_F.set(values_F)
  }
}

/** One record of a data file. */
export interface Row {
  /** 1-based line on which it starts, for messages. */
  readonly line: number
  /** One a column; undefined = absent (JSONL only). */
  readonly cells: readonly (string | undefined)[]
}

/** A data file as it was read, before anything is known of tasks. */
export interface Table {
  /** As the person wrote it, for messages. */
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** Something is wrong at a line of the file; the reader of the file adds its name. */
export class LineError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

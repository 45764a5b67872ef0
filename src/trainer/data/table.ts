/** A data file as it was read, before anything is known of tasks: only the columns that are asked for. */
export interface Table {
  /** As the person wrote it, for messages. */
  readonly file: string
  /** All columns of the file. */
  readonly columns: readonly string[]
  /** N, the 1-based lines on which the rows start, for messages. */
  readonly lines: readonly number[]
  /** By column, N cells without surrounding space; '' where there is none. */
  readonly cells: ReadonlyMap<string, readonly string[]>
}

/** Takes rows one by one and keeps of each what is asked for. */
export class TableBuilder {
  readonly lines: number[] = []
  readonly cells: ReadonlyMap<string, string[]>
  /** The same few labels come again and again; each is kept once. */
  readonly #known = new Map<string, string>()

  constructor(wanted: Iterable<string>) {
    this.cells = new Map([...wanted].map((column) => [column, []]))
  }

  add(line: number, cell: (column: string) => string | undefined): void {
    this.lines.push(line)
    for (const [column, cells] of this.cells) cells.push(this.#shared(cell(column)?.trim() ?? ''))
  }

  #shared(text: string): string {
    if (text.length > SHARED_LENGTH) return text
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (this.#known.size < SHARED_TEXTS) this.#known.set(text, text)
    return text
  }
}

/** Longer cells are texts, which seldom repeat. */
const SHARED_LENGTH = 40
/** Ids are all different: they must not fill the table of what repeats. */
const SHARED_TEXTS = 10_000

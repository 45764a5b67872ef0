// Key: N rows, P parts. A desire is how many rows a part still wants of something; negative when it has too many.

/** Below this two desires count as equal. */
const SLACK = 1e-9

/** What each part of a split still wants: of every label, of every combination of labels, and of rows at all. */
export class Desires {
  readonly #labels: readonly Int32Array[]
  readonly #shares: readonly number[]
  /** By what is counted, P desires. */
  readonly #wanted = new Map<string, number[]>()
  /** Rows of it in all. */
  readonly #totals = new Map<string, number>()
  /** By combination: its rows placed so far, and those of each part. */
  readonly #placed = new Map<string, { count: number; of: number[] }>()

  /**
   * @param labels by task, N class indices
   * @param shares P, together 1
   */
  constructor(labels: readonly Int32Array[], shares: readonly number[]) {
    this.#labels = labels
    this.#shares = shares
    for (let row = 0; row < (labels[0]?.length ?? 0); row++) {
      for (const name of this.#countedOf(row)) this.#totals.set(name, (this.#totals.get(name) ?? 0) + 1)
    }
    for (const [name, total] of this.#totals)
      this.#wanted.set(
        name,
        shares.map((share) => share * total),
      )
  }

  combinationOf(row: number): string {
    return this.#labels.map((of) => of[row]).join(' ')
  }

  /** Tells that `row` is in `part` now. */
  take(row: number, part: number): void {
    for (const name of this.#countedOf(row)) {
      const wanted = this.#wanted.get(name) as number[]
      wanted[part] = (wanted[part] as number) - 1
    }
    const placed = this.#placedOf(row)
    placed.count++
    placed.of[part] = (placed.of[part] as number) + 1
  }

  /** The part that is furthest behind its share of what was placed of this row's combination; the first of equals. */
  partOfCombination(row: number): number {
    const { count, of } = this.#placedOf(row)
    return largest(this.#shares.map((share, part) => share * (count + 1) - (of[part] as number)))
  }

  /** The part that wants most of this row's label of `task`; of equals the one that wants most rows. */
  partOfLabel(row: number, task: number): number {
    const wanted = this.#wanted.get(this.#labelOf(row, task)) as number[]
    const most = Math.max(...wanted)
    const rows = this.#wanted.get(ALL) as number[]
    return largest(rows.map((desire, part) => ((wanted[part] as number) > most - SLACK ? desire : -Infinity)))
  }

  /**
   * The part where these rows together leave the least lack: the sum over labels, combinations and rows of
   * lack^2 / total, so that a rare label weighs as much as a frequent one. What is too rare to fit the smallest part
   * has no say: it would always vote for the largest.
   */
  partFor(rows: readonly number[]): number {
    const has = new Map<string, number>()
    for (const row of rows) for (const name of this.#countedOf(row)) has.set(name, (has.get(name) ?? 0) + 1)
    const smallest = Math.min(...this.#shares)
    const gains = this.#shares.map(() => 0)
    for (const [name, count] of has) {
      const total = this.#totals.get(name) as number
      if (name !== ALL && smallest * total < count) continue
      for (const [part, desire] of (this.#wanted.get(name) as number[]).entries()) {
        gains[part] = (gains[part] as number) + (2 * count * desire - count * count) / total
      }
    }
    return largest(gains)
  }

  #labelOf(row: number, task: number): string {
    return `${task}:${this.#labels[task]?.[row]}`
  }

  #countedOf(row: number): string[] {
    return [ALL, this.combinationOf(row), ...this.#labels.map((_, task) => this.#labelOf(row, task))]
  }

  #placedOf(row: number): { count: number; of: number[] } {
    const key = this.combinationOf(row)
    const placed = this.#placed.get(key) ?? { count: 0, of: this.#shares.map(() => 0) }
    this.#placed.set(key, placed)
    return placed
  }
}

const ALL = 'all rows'

/** Index of the largest; the first of those that are equal but for rounding. */
function largest(values: readonly number[]): number {
  let best = 0
  for (const [i, value] of values.entries()) if (value > (values[best] as number) + SLACK) best = i
  return best
}

// Key: N rows, P parts. A desire is how many rows a part still wants of something; negative when it has too many.

/** Below this two desires count as equal. */
const SLACK = 1e-9

/** What each part of a split still wants: of every label, of every combination of labels, and of rows at all. */
export class Desires {
  readonly #shares: readonly number[]
  /** N, the row's combination of labels. */
  readonly #combinations: Int32Array
  /** By combination, its class in each task: what its labels are called. */
  readonly #names: string[] = []
  /** By combination, the numbers of what its rows count for: all rows, itself, and a label of each task. */
  readonly #counted: number[][] = []
  /** By number of what is counted, rows in all. */
  readonly #totals: number[]
  /** By number of what is counted, P desires. */
  readonly #wanted: number[][]
  /** By combination, its rows placed so far: in all, and in each of the P parts. */
  readonly #placed: number[][]

  /**
   * @param labels by task, N class indices; -1 = not labelled, which counts as a class of its own
   * @param shares P, together 1
   */
  constructor(labels: readonly Int32Array[], shares: readonly number[]) {
    this.#shares = shares
    const numbers = new Map<string, number>([['all rows', ALL]])
    const numberOf = (name: string) => {
      const known = numbers.get(name) ?? numbers.size
      numbers.set(name, known)
      return known
    }
    const combinations = new Map<string, number>()
    this.#combinations = new Int32Array(labels[0]?.length ?? 0).map((_, row) => {
      const key = labels.map((of) => of[row]).join(' ')
      const known = combinations.get(key)
      if (known !== undefined) return known
      const ofTasks = labels.map((of, task) => numberOf(`${task}: ${of[row]}`))
      this.#counted.push([ALL, numberOf(key), ...ofTasks])
      this.#names.push(key)
      combinations.set(key, combinations.size)
      return combinations.size - 1
    })
    this.#totals = new Array<number>(numbers.size).fill(0)
    for (const combination of this.#combinations) {
      for (const i of this.#counted[combination] as number[]) this.#totals[i] = (this.#totals[i] as number) + 1
    }
    this.#wanted = this.#totals.map((total) => shares.map((share) => share * total))
    this.#placed = this.#names.map(() => new Array<number>(shares.length + 1).fill(0))
  }

  /** The row's combination of labels: the class of each task, with a space between. */
  combinationOf(row: number): string {
    return this.#names[this.#combinations[row] as number] as string
  }

  /** Tells that `row` is in `part` now. */
  take(row: number, part: number): void {
    const combination = this.#combinations[row] as number
    for (const i of this.#counted[combination] as number[]) {
      const wanted = this.#wanted[i] as number[]
      wanted[part] = (wanted[part] as number) - 1
    }
    const placed = this.#placed[combination] as number[]
    placed[0] = (placed[0] as number) + 1
    placed[part + 1] = (placed[part + 1] as number) + 1
  }

  /** The part that is furthest behind its share of what was placed of this row's combination; the first of equals. */
  partOfCombination(row: number): number {
    const placed = this.#placed[this.#combinations[row] as number] as number[]
    return largest(
      this.#shares.map((share, part) => share * ((placed[0] as number) + 1) - (placed[part + 1] as number)),
    )
  }

  /** The part that wants most of this row's label of `task`; of equals the one that wants most rows. */
  partOfLabel(row: number, task: number): number {
    const label = this.#counted[this.#combinations[row] as number]?.[task + 2] as number
    const wanted = this.#wanted[label] as number[]
    const most = Math.max(...wanted)
    const rows = this.#wanted[ALL] as number[]
    return largest(rows.map((desire, part) => ((wanted[part] as number) > most - SLACK ? desire : -Infinity)))
  }

  /**
   * The part where these rows together leave the least lack: the sum over labels, combinations and rows of
   * lack^2 / total, so that a rare label weighs as much as a frequent one. What is too rare to fit the smallest part
   * has no say: it would always vote for the largest.
   */
  partFor(rows: readonly number[]): number {
    const has = new Map<number, number>()
    for (const row of rows) {
      for (const i of this.#counted[this.#combinations[row] as number] as number[]) has.set(i, (has.get(i) ?? 0) + 1)
    }
    const smallest = Math.min(...this.#shares)
    const gains = this.#shares.map(() => 0)
    for (const [i, count] of has) {
      const total = this.#totals[i] as number
      if (i !== ALL && smallest * total < count) continue
      for (const [part, desire] of (this.#wanted[i] as number[]).entries()) {
        gains[part] = (gains[part] as number) + (2 * count * desire - count * count) / total
      }
    }
    return largest(gains)
  }
}

/** The number of what every row counts for. */
const ALL = 0

/** Index of the largest; the first of those that are equal but for rounding. */
function largest(values: readonly number[]): number {
  let best = 0
  for (const [i, value] of values.entries()) if (value > (values[best] as number) + SLACK) best = i
  return best
}

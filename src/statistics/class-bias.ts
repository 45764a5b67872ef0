// Key: N rows, C classes.
import { argmaxRows } from './classification.ts'
import type { Judged } from './temperature.ts'

/** Probabilities below this count as this, as in temperature.ts. */
const SMALLEST = 1e-12
/** A class is made at most twenty times more, or less, probable. */
const LARGEST = Math.log(20)
/** Passes over all classes; two or three are enough as a rule. */
const PASSES = 10

/**
 * The class with the highest log-probability plus bias: a threshold a class, and the most probable class when all
 * biases are equal.
 *
 * @param bias_C in nats
 * @returns N class indices
 */
export function namedWithBias(probabilities_NC: ArrayLike<number>, bias_C: readonly number[]): Int32Array {
  if (bias_C.every((bias) => bias === bias_C[0])) return argmaxRows(probabilities_NC, bias_C.length)
  return argmaxRows(scoresOf(probabilities_NC, bias_C), bias_C.length)
}

function scoresOf(probabilities_NC: ArrayLike<number>, bias_C: readonly number[]): Float64Array {
  return Float64Array.from(
    probabilities_NC,
    (p, i) => Math.log(Math.max(SMALLEST, p)) + (bias_C[i % bias_C.length] as number),
  )
}

/**
 * Biases, summing to 0, with which the named classes have the highest macro-F1 on these rows: class by class the best
 * value is looked up exactly (between two rows nothing changes) until no class gains any more. Never below no bias at
 * all; rows without a label are left out.
 *
 * @source coordinate ascent over thresholds: Pillai et al., "Threshold optimisation for multi-label classifiers"
 *   (Pattern Recognition 2013)
 */
export function fitBias(judged: Judged): number[] {
  const { classes: C } = judged
  const bias_C = new Array<number>(C).fill(0)
  const scores_NC = scoresOf(judged.probabilities_NC, bias_C)
  const labelled = Array.from(judged.labels_N.keys()).filter((n) => (judged.labels_N[n] as number) >= 0)
  for (let pass = 0, moved = true; moved && pass < PASSES; pass++) {
    moved = false
    for (let c = 0; c < C; c++) {
      const value = bestBias({ scores_NC, labels_N: judged.labels_N, labelled, bias_C, c })
      if (value === bias_C[c]) continue
      bias_C[c] = value
      moved = true
    }
  }
  const centre = bias_C.reduce((sum, bias) => sum + bias, 0) / C
  return bias_C.map((bias) => bias - centre)
}

interface Line {
  /** Log-probabilities, without bias. */
  readonly scores_NC: Float64Array
  readonly labels_N: Int32Array
  readonly labelled: readonly number[]
  readonly bias_C: readonly number[]
  /** The class whose bias is looked for; the others stay. */
  readonly c: number
}

/** A row is named `c` when the bias of `c` is above `from`, and `other` below it. */
interface Turn {
  readonly from: number
  readonly other: number
  readonly label: number
}

function turnsOf({ scores_NC, labels_N, labelled, bias_C, c }: Line): Turn[] {
  const C = bias_C.length
  const turns = labelled.map((n): Turn => {
    let other = c === 0 ? 1 : 0
    const scoreOf = (k: number) => (scores_NC[n * C + k] as number) + (bias_C[k] as number)
    for (let k = 0; k < C; k++) if (k !== c && scoreOf(k) > scoreOf(other)) other = k
    return { from: scoreOf(other) - (scores_NC[n * C + c] as number), other, label: labels_N[n] as number }
  })
  return turns.sort((a, b) => a.from - b.from)
}

/** @returns the bias as it is unless another one has a higher macro-F1; of equally good ones the nearest */
function bestBias(line: Line): number {
  const { bias_C, c } = line
  const now = bias_C[c] as number
  const turns = turnsOf(line)
  const tally = new Tally(bias_C.length)
  for (const { label, from, other } of turns) tally.add(label, now > from ? c : other)
  let [best, highest] = [now, tally.macroF1()]
  for (const { label, from, other } of turns) if (now > from) tally.rename(label, c, other)
  for (let i = 0; i <= turns.length; i++) {
    const low = turns[i - 1]
    if (low) tally.rename(low.label, low.other, c)
    const value = between(low?.from ?? -LARGEST, turns[i]?.from ?? LARGEST)
    if (value === undefined) continue
    const found = tally.macroF1()
    const better = found > highest + 1e-12
    const asGoodAndNearer = best !== now && found > highest - 1e-12 && Math.abs(value - now) < Math.abs(best - now)
    if (better || asGoodAndNearer) [best, highest] = [value, found]
  }
  return best
}

/** The middle, inside the bounds; undefined where two rows turn at the same place or all of it is out of bounds. */
function between(low: number, high: number): number | undefined {
  const [from, to] = [Math.max(low, -LARGEST), Math.min(high, LARGEST)]
  return to - from > 1e-9 ? (from + to) / 2 : undefined
}

/** Macro-F1 while rows are renamed one by one; a whole confusion table for each would take most of the time. */
class Tally {
  readonly #hits: Float64Array
  /** Rows of the class and rows named so, together. */
  readonly #both: Float64Array

  constructor(classes: number) {
    this.#hits = new Float64Array(classes)
    this.#both = new Float64Array(classes)
  }

  add(label: number, named: number): void {
    this.#both[label] = (this.#both[label] as number) + 1
    this.#count(label, named, 1)
  }

  rename(label: number, from: number, to: number): void {
    this.#count(label, from, -1)
    this.#count(label, to, 1)
  }

  #count(label: number, named: number, by: number): void {
    this.#both[named] = (this.#both[named] as number) + by
    if (label === named) this.#hits[named] = (this.#hits[named] as number) + by
  }

  /** As classification.ts has it: a class with neither rows nor predictions counts as 0. */
  macroF1(): number {
    let sum = 0
    for (let c = 0; c < this.#hits.length; c++) {
      const both = this.#both[c] as number
      if (both > 0) sum += (2 * (this.#hits[c] as number)) / both
    }
    return sum / this.#hits.length
  }
}

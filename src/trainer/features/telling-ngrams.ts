// Key: N texts, V n-grams, C classes of one task, D columns.
import { createHash } from 'node:crypto'
import type { TrainingTexts } from './encoder.ts'
import { NgramTable } from './ngram-table.ts'
import { eachNgram } from './ngrams.ts'

export interface Ngrams {
  /** V, each once */
  readonly hashes: Uint32Array
  /** V; the rarer in the texts, the heavier */
  readonly weights: Float32Array
  /** V column numbers below D; several n-grams may share one */
  readonly columns: Int32Array
  /** D */
  readonly width: number
}

/**
 * The n-grams that tell classes apart best, what each weighs, and where it goes. N-grams that stand in the very same
 * training texts (parts of one rare word, mostly) share a column: a linear model could not tell them apart anyhow.
 *
 * Folding all of them into D columns (the usual hashing trick) lets noise and signal collide. Macro-F1 of logistic
 * regression in 5-fold cross-validation over the quickstart's training and validation rows, sentiment / venue:
 * 43,000 n-grams with a column each .819 / .781; in 10,900 shared columns .821 / .791, and without those of a single
 * text .820 / .784; folded into 8,192 columns .814 / .769.
 *
 * @param limit columns at most; the less telling ones are left out
 * @source Yang and Pedersen, "A comparative study on feature selection in text categorization" (ICML 1997), sections
 *   2.4 (chi-square) and 3 (its maximum over what is to be told apart); idf as scikit-learn's TfidfVectorizer,
 *   ln((1 + texts) / (1 + texts with it)) + 1
 */
export function tellingNgrams(train: TrainingTexts, limit: number): Ngrams {
  const { table, textsWith_V, textSets_V } = allNgrams(train.texts)
  const hashes_V = table.hashes
  const telling_V = new Float64Array(table.size)
  for (const labels_N of train.labels) raise(telling_V, chiSquare(train.texts, labels_N, table))
  const groups = new Map<string, number[]>()
  // In the order of the hashes: the texts' order would make the columns depend on it.
  for (const v of Array.from(hashes_V.keys()).sort((a, b) => at(hashes_V, a) - at(hashes_V, b))) {
    const group = groups.get(textSets_V[v] as string)
    if (group) group.push(v)
    else groups.set(textSets_V[v] as string, [v])
  }
  const leading = (group: readonly number[]) => at(telling_V, group[0] as number)
  const kept = [...groups.values()].sort((a, b) => leading(b) - leading(a)).slice(0, limit)
  const placed = kept.flatMap((group, column) => group.map((v) => ({ v, column, size: group.length })))
  const idf = (v: number) => Math.log((1 + train.texts.length) / (1 + at(textsWith_V, v))) + 1
  return {
    hashes: Uint32Array.from(placed, ({ v }) => at(hashes_V, v)),
    // Divided so that a text with all of a group has the same length as if each had a column of its own.
    weights: Float32Array.from(placed, ({ v, size }) => idf(v) / Math.sqrt(size)),
    columns: Int32Array.from(placed, ({ column }) => column),
    width: kept.length,
  }
}

const at = (values: ArrayLike<number>, i: number) => values[i] as number

function raise(highest_V: Float64Array, values_V: Float64Array): void {
  for (let v = 0; v < highest_V.length; v++) {
    highest_V[v] = Math.max(highest_V[v] as number, values_V[v] as number)
  }
}

/** Calls `visit` once for each n-gram that a text has, however often. `numberOf` gives -1 for those to leave out. */
function eachPresence(
  texts: readonly string[],
  numberOf: (hash: number) => number,
  visit: (v: number, text: number) => void,
): void {
  const lastText: number[] = []
  texts.forEach((text, n) => {
    eachNgram(text, (hash) => {
      const v = numberOf(hash)
      if (v < 0 || lastText[v] === n) return
      lastText[v] = n
      visit(v, n)
    })
  })
}

/** All n-grams, in how many texts each is, and a name of the set of those texts (64 bits of hash). */
function allNgrams(texts: readonly string[]): { table: NgramTable; textsWith_V: Int32Array; textSets_V: string[] } {
  const table = new NgramTable(texts.length * 32)
  const counts: number[] = []
  const sets: [number[], number[]] = [[], []]
  const marks = texts.map((text) => textMark(text))
  eachPresence(
    texts,
    (hash) => table.findOrAdd(hash),
    (v, n) => {
      counts[v] = (counts[v] ?? 0) + 1
      const [first, second] = marks[n] as readonly [number, number]
      // Added, not mixed in turn: a set has no order.
      sets[0][v] = ((sets[0][v] ?? 0) + first) >>> 0
      sets[1][v] = ((sets[1][v] ?? 0) + second) >>> 0
    },
  )
  const textSets_V = counts.map((_, v) => `${sets[0][v]} ${sets[1][v]}`)
  return { table, textsWith_V: Int32Array.from(counts), textSets_V }
}

/** Two random-looking numbers that depend on the text alone. */
function textMark(text: string): readonly [number, number] {
  const digest = createHash('sha256').update(text).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
}

/** How far the classes of the texts that have an n-gram are from the classes of all texts. */
function chiSquare(texts: readonly string[], labels_N: Int32Array, table: NgramTable): Float64Array {
  const C = labels_N.reduce((most, label) => Math.max(most, label), -1) + 1
  const seen_VC = new Int32Array(table.size * C)
  const rows_C = new Int32Array(C)
  for (const label of labels_N) if (label >= 0) rows_C[label] = (rows_C[label] as number) + 1
  eachPresence(
    texts,
    (hash) => table.find(hash),
    (v, n) => {
      const label = labels_N[n] as number
      if (label >= 0) seen_VC[v * C + label] = (seen_VC[v * C + label] as number) + 1
    },
  )
  const labelled = rows_C.reduce((sum, rows) => sum + rows, 0)
  return Float64Array.from({ length: table.size }, (_, v) => {
    const seen_C = seen_VC.subarray(v * C, (v + 1) * C)
    const total = seen_C.reduce((sum, seen) => sum + seen, 0)
    return seen_C.reduce((sum, seen, c) => {
      const expected = (total * (rows_C[c] as number)) / labelled
      return expected > 0 ? sum + (seen - expected) ** 2 / expected : sum
    }, 0)
  })
}

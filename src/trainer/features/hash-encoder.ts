// Key: N texts, D features, V n-grams that the training texts have.
import { UserError } from '../../base/errors.ts'
import type { EncoderArray, TextEncoder, TextEncoderSource } from './encoder.ts'
import { NgramTable } from './ngram-table.ts'
import { eachNgram } from './ngrams.ts'

/**
 * N-grams of fewer training texts are left out: in D columns they are noise to the others, and one seen only outside
 * of the training texts has no weight to meet. Chosen by 5-fold cross-validation over training and validation.
 */
const MIN_TEXTS = 2

/** The part of the row's length that words and that characters get: equal, however many of each a text has. */
const KINDS = 2

interface Ngrams {
  /** V, each at its number */
  readonly table: NgramTable
  /** V; rarer is heavier */
  readonly idf: Float32Array
}

/**
 * Signed hashing of word and character n-grams, weighted by how rare they are in the training texts. Needs no weights
 * from elsewhere and works on any language.
 *
 * @source Weinberger et al., "Feature hashing for large scale multitask learning" (ICML 2009), for the signs;
 *   idf = ln((1 + texts) / (1 + texts with it)) + 1 and counts as 1 + ln(count), as scikit-learn's TfidfVectorizer
 */
export const hashEncoder: TextEncoderSource = {
  summary: 'Signed hashing of word 1-2-grams and character 3-5-grams with tf-idf weights; any language, no download.',
  fit: (trainTexts, width) => encoderOf(learn(trainTexts), width),
  restore: (state, width) => {
    const hashes = state.get('encoder.ngrams')
    const idf = state.get('encoder.idf')
    if (!(hashes instanceof Int32Array) || !(idf instanceof Float32Array) || hashes.length !== idf.length) {
      const seen = [...state.keys()].join(', ') || 'nothing'
      const message = `The weights hold no hash encoder: expected encoder.ngrams and encoder.idf of equal length, found ${seen}.`
      throw new UserError(message, { code: 'ENCODER_STATE' })
    }
    return encoderOf({ table: tableOf(Uint32Array.from(hashes)), idf }, width)
  },
}

function tableOf(hashes: Uint32Array): NgramTable {
  const table = new NgramTable(hashes.length)
  for (const hash of hashes) table.findOrAdd(hash)
  return table
}

function learn(texts: readonly string[]): Ngrams {
  const seen = new NgramTable(texts.length * 32)
  const lastText: number[] = []
  const textsWith: number[] = []
  texts.forEach((text, t) => {
    eachNgram(text, (hash) => {
      const v = seen.findOrAdd(hash)
      if (lastText[v] === t) return
      lastText[v] = t
      textsWith[v] = (textsWith[v] ?? 0) + 1
    })
  })
  const idf: number[] = []
  const kept = seen.hashes.filter((_, v) => {
    const count = textsWith[v] as number
    if (count >= MIN_TEXTS) idf.push(Math.log((1 + texts.length) / (1 + count)) + 1)
    return count >= MIN_TEXTS
  })
  return { table: tableOf(kept), idf: Float32Array.from(idf) }
}

function encoderOf(ngrams: Ngrams, width: number): TextEncoder {
  const hashes = ngrams.table.hashes
  const state = new Map<string, EncoderArray>([
    ['encoder.ngrams', Int32Array.from(hashes, (hash) => hash | 0)],
    ['encoder.idf', ngrams.idf],
  ])
  const places = Int32Array.from(hashes, (hash) => placeOf(hash, width))
  const encode = (texts: readonly string[]) => {
    const features_ND = new Float32Array(texts.length * width)
    const counter = new Counter(hashes.length)
    texts.forEach((text, n) => {
      counter.count(text, ngrams.table)
      fillRow(features_ND.subarray(n * width, (n + 1) * width), counter, { idf: ngrams.idf, places })
    })
    return features_ND
  }
  return { width, encode, state }
}

/** Column and sign of an n-gram in one number: the column, or its bitwise complement for minus. */
function placeOf(hash: number, width: number): number {
  // Multiplied once more, so that column and sign do not come from the bits that the table probes by.
  const mixed = Math.imul(hash, 0x9e3779b1) >>> 0
  const column = Math.floor((mixed / 2 ** 32) * width)
  return (hash & 0x40000000) === 0 ? column : ~column
}

/** Counts the n-grams of one text after the other without a new table for each. */
class Counter {
  readonly counts: Uint16Array
  /** By kind: numbers of the n-grams that the text has. */
  readonly present: readonly [number[], number[]] = [[], []]

  constructor(ngrams: number) {
    this.counts = new Uint16Array(ngrams)
  }

  count(text: string, table: NgramTable): void {
    for (const numbers of this.present) {
      for (const v of numbers) this.counts[v] = 0
      numbers.length = 0
    }
    eachNgram(text, (hash, kind) => {
      const v = table.find(hash)
      if (v < 0) return
      if (this.counts[v] === 0) this.present[kind].push(v)
      this.counts[v] = (this.counts[v] as number) + 1
    })
  }
}

function fillRow(row_D: Float32Array, counter: Counter, weights: { idf: Float32Array; places: Int32Array }): void {
  const weightOf = (v: number) => (1 + Math.log(counter.counts[v] as number)) * (weights.idf[v] as number)
  for (let kind = 0; kind < KINDS; kind++) {
    const numbers = counter.present[kind] as number[]
    let squares = 0
    for (const v of numbers) squares += weightOf(v) ** 2
    const scale = 1 / Math.sqrt(squares || 1)
    for (const v of numbers) {
      const place = weights.places[v] as number
      const column = place < 0 ? ~place : place
      row_D[column] = (row_D[column] as number) + (place < 0 ? -scale : scale) * weightOf(v)
    }
  }
  let squares = 0
  for (const value of row_D) squares += value * value
  const scale = 1 / Math.sqrt(squares || 1)
  for (let d = 0; d < row_D.length; d++) row_D[d] = (row_D[d] as number) * scale
}

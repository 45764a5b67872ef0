// Key: N texts, V n-grams, D features.
import { UserError } from '../../base/errors.ts'
import type { EncoderArray, TextEncoder, TextEncoderSource } from './encoder.ts'
import { SparseTableBuilder } from './feature-table.ts'
import { NgramTable } from './ngram-table.ts'
import { eachNgram } from './ngrams.ts'
import { type Ngrams, tellingNgrams } from './telling-ngrams.ts'

/**
 * Word and character n-grams by their hashes, so that no dictionary of any language is needed, weighted by tf-idf.
 * Words and characters have an equal part in the row, however many of each a text has; a row has length 1, or 0 when
 * the text has no known n-gram.
 *
 * @source counts weigh 1 + ln(count), as scikit-learn's TfidfVectorizer with `sublinear_tf`
 */
export const hashEncoder: TextEncoderSource = {
  summary: 'Hashed word 1-2-grams and character 3-5-grams with tf-idf weights; any language, no download.',
  fit: async (train, { featureWidth }) => encoderOf(tellingNgrams(train, featureWidth)),
  restore: async (state) => {
    const [hashes, columns, weights] = STATE.map((name) => state.get(name))
    if (hashes instanceof Int32Array && columns instanceof Int32Array && weights instanceof Float32Array) {
      if (hashes.length === columns.length && hashes.length === weights.length) {
        const width = columns.reduce((widest, column) => Math.max(widest, column + 1), 0)
        return encoderOf({ hashes: Uint32Array.from(hashes), columns, weights, width })
      }
    }
    const message =
      `The weights hold no hash encoder: expected the arrays ${STATE.join(', ')} of equal length, found ` +
      `${[...state.keys()].join(', ') || 'none'}.`
    throw new UserError(message, { code: 'ENCODER_STATE' })
  },
}

const STATE = ['encoder.ngrams', 'encoder.columns', 'encoder.ngram_weights'] as const

function encoderOf(ngrams: Ngrams): TextEncoder {
  const { hashes, columns, weights, width } = ngrams
  const table = new NgramTable(hashes.length)
  for (const hash of hashes) table.findOrAdd(hash)
  const encode = async (texts: readonly string[]) => {
    const rows = new SparseTableBuilder(texts.length, width)
    const counter = new Counter(hashes.length)
    // One row's scratch, zeros between two rows: a matrix of all of them would be 90 MB for the quickstart's texts.
    const row_D = new Float32Array(width)
    for (const text of texts) {
      counter.count(text, table)
      const columns = fillRow(row_D, counter, ngrams)
      rows.addRow(columns, row_D)
      for (const column of columns) row_D[column] = 0
    }
    return rows.table()
  }
  const signed = Int32Array.from(hashes, (hash) => hash | 0)
  const arrays: readonly EncoderArray[] = [signed, columns, weights]
  return { width, encode, state: new Map(STATE.map((name, i) => [name, arrays[i] as EncoderArray])), facts: {} }
}

/** Counts the n-grams of one text after the other without new arrays for each. */
class Counter {
  readonly counts: Uint32Array
  /** Numbers of the words that the text has, and of its character n-grams. */
  readonly present: readonly [number[], number[]] = [[], []]

  constructor(ngrams: number) {
    this.counts = new Uint32Array(ngrams)
  }

  count(text: string, table: NgramTable): void {
    for (const ngrams of this.present) {
      for (const v of ngrams) this.counts[v] = 0
      ngrams.length = 0
    }
    eachNgram(text, (hash, kind) => {
      const v = table.find(hash)
      if (v < 0) return
      if (this.counts[v] === 0) this.present[kind].push(v)
      this.counts[v] = (this.counts[v] as number) + 1
    })
  }
}

/** @returns the columns that are not 0, rising */
function fillRow(row_D: Float32Array, { counts, present }: Counter, { weights, columns }: Ngrams): Int32Array {
  const kinds = present.filter((ngrams) => ngrams.length > 0).length
  const weightOf = (v: number) => (1 + Math.log(counts[v] as number)) * (weights[v] as number)
  const met: number[] = []
  for (const ngrams of present) {
    let squares = 0
    for (const v of ngrams) squares += weightOf(v) ** 2
    const scale = 1 / Math.sqrt(squares * kinds)
    for (const v of ngrams) {
      const column = columns[v] as number
      // Values are above 0, so a 0 is a column not yet met. Only those met are scaled: a row is nearly empty.
      if (row_D[column] === 0) met.push(column)
      row_D[column] = (row_D[column] as number) + scale * weightOf(v)
    }
  }
  const length = Math.sqrt(met.reduce((sum, column) => sum + (row_D[column] as number) ** 2, 0))
  for (const column of met) row_D[column] = (row_D[column] as number) / length
  return Int32Array.from(met).sort()
}

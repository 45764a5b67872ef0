// Key: N texts, D features: one a kept n-gram.
import { UserError } from '../../base/errors.ts'
import type { EncoderArray, TextEncoder, TextEncoderSource } from './encoder.ts'
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
  fit: (train, width) => encoderOf(tellingNgrams(train, width)),
  restore: (state) => {
    const hashes = state.get('encoder.ngrams')
    const idf = state.get('encoder.idf')
    if (hashes instanceof Int32Array && idf instanceof Float32Array && hashes.length === idf.length) {
      return encoderOf({ hashes: Uint32Array.from(hashes), idf })
    }
    const message =
      'The weights hold no hash encoder: expected the arrays encoder.ngrams and encoder.idf of equal length, found ' +
      `${[...state.keys()].join(', ') || 'none'}.`
    throw new UserError(message, { code: 'ENCODER_STATE' })
  },
}

function encoderOf({ hashes, idf }: Ngrams): TextEncoder {
  const width = hashes.length
  const table = new NgramTable(width)
  for (const hash of hashes) table.findOrAdd(hash)
  const encode = (texts: readonly string[]) => {
    const features_ND = new Float32Array(texts.length * width)
    const counter = new Counter(width)
    texts.forEach((text, n) => {
      counter.count(text, table)
      fillRow(features_ND.subarray(n * width, (n + 1) * width), counter, idf)
    })
    return features_ND
  }
  const state = new Map<string, EncoderArray>()
    .set(
      'encoder.ngrams',
      Int32Array.from(hashes, (hash) => hash | 0),
    )
    .set('encoder.idf', idf)
  return { width, encode, state }
}

/** Counts the n-grams of one text after the other without new arrays for each. */
class Counter {
  readonly counts: Uint16Array
  /** Columns of the words that the text has, and of its character n-grams. */
  readonly present: readonly [number[], number[]] = [[], []]

  constructor(width: number) {
    this.counts = new Uint16Array(width)
  }

  count(text: string, table: NgramTable): void {
    for (const columns of this.present) {
      for (const d of columns) this.counts[d] = 0
      columns.length = 0
    }
    eachNgram(text, (hash, kind) => {
      const d = table.find(hash)
      if (d < 0) return
      if (this.counts[d] === 0) this.present[kind].push(d)
      this.counts[d] = (this.counts[d] as number) + 1
    })
  }
}

function fillRow(row_D: Float32Array, { counts, present }: Counter, idf: Float32Array): void {
  const kinds = present.filter((columns) => columns.length > 0).length
  for (const columns of present) {
    let squares = 0
    for (const d of columns) {
      const value = (1 + Math.log(counts[d] as number)) * (idf[d] as number)
      row_D[d] = value
      squares += value * value
    }
    const scale = 1 / Math.sqrt(squares * kinds)
    for (const d of columns) row_D[d] = (row_D[d] as number) * scale
  }
}

// Key: N rows, H hash functions.
import { normalForm } from './duplicates.ts'

/** Two texts are near duplicates when they share this part of their words (Jaccard's index of the sets of words). */
export const NEAR = 0.8

/** Shorter texts share their words by chance. */
const FEWEST_WORDS = 6

/** H = BANDS x ROWS. Two texts that share 80 % of their words meet in a band with probability 0.985, 90 %: 0.9998. */
const BANDS = 8
const ROWS = 4

/** Texts of one bucket that a text is compared with at most; a form letter has thousands. */
const LARGEST_BUCKET = 10

const WORD = /[\p{L}\p{M}\p{N}]+/gu

/** A row and an earlier one that it hardly differs from. */
export interface NearPair {
  readonly row: number
  readonly earlier: number
}

/**
 * Rows that differ from a row of another side by hardly a word.
 *
 * Candidates by MinHash in bands, each checked by the words themselves; those whose normal forms are equal are not
 * meant. Costs some 20 microseconds a text.
 *
 * @param sideOf which rows count as the same side, such as the split; pairs within a side are not looked for
 * @returns each row at most once
 * @source Broder 1997, "On the resemblance and containment of documents"; bands as in Leskovec et al., "Mining of
 *   massive datasets", section 3.4
 */
export function nearDuplicates(texts: readonly string[], sideOf: (row: number) => number): NearPair[] {
  const bands = Array.from({ length: BANDS }, () => new Buckets(texts.length))
  const keys = new Int32Array(BANDS)
  const pairs: NearPair[] = []
  for (const [row, text] of texts.entries()) {
    const words = wordsOf(text)
    if (words.length < FEWEST_WORDS) continue
    bandKeys(words, keys)
    let earlier = -1
    for (const [band, buckets] of bands.entries()) {
      if (earlier < 0) {
        earlier = buckets.find(keys[band] as number, (other) => {
          return sideOf(other) !== sideOf(row) && isNear(text, texts[other] as string)
        })
      }
      buckets.add(keys[band] as number, row)
    }
    if (earlier >= 0) pairs.push({ row, earlier })
  }
  return pairs
}

/** Rows by a 32-bit key, the newest first. A Map of lists takes ten times the time and memory. */
class Buckets {
  readonly #newest: Int32Array
  readonly #before: Int32Array
  readonly #keys: Int32Array

  constructor(rows: number) {
    this.#newest = new Int32Array(2 ** Math.ceil(Math.log2(rows + 2))).fill(-1)
    this.#before = new Int32Array(rows)
    this.#keys = new Int32Array(rows)
  }

  add(key: number, row: number): void {
    const slot = key & (this.#newest.length - 1)
    this.#keys[row] = key
    this.#before[row] = this.#newest[slot] as number
    this.#newest[slot] = row
  }

  /** @returns the first of the newest rows with this key that `fits`, or -1 */
  find(key: number, fits: (row: number) => boolean): number {
    let looked = 0
    let row = this.#newest[key & (this.#newest.length - 1)] as number
    for (; row >= 0 && looked < LARGEST_BUCKET; row = this.#before[row] as number) {
      if (this.#keys[row] !== key) continue
      if (fits(row)) return row
      looked++
    }
    return -1
  }
}

/** Lower case is enough here: the normal form costs more than all the rest. */
const wordsOf = (text: string): string[] => text.toLowerCase().match(WORD) ?? []

function isNear(a: string, b: string): boolean {
  const [wordsA, wordsB] = [new Set(wordsOf(a)), new Set(wordsOf(b))]
  let common = 0
  for (const word of wordsA) if (wordsB.has(word)) common++
  return common >= NEAR * (wordsA.size + wordsB.size - common) && normalForm(a) !== normalForm(b)
}

/** FNV-1a, 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash
}

/** Odd factors and offsets of H hash functions. */
const FACTORS = Int32Array.from({ length: BANDS * ROWS }, (_, h) => Math.imul(h + 1, 0x9e3779b1) | 1)
const OFFSETS = FACTORS.map((factor) => Math.imul(factor ^ 0x5bd1e995, 0x85ebca6b))

/** Of each band, one number from the smallest values of its hash functions. */
function bandKeys(words: readonly string[], keys: Int32Array): void {
  const hashes = Int32Array.from(words, hashOf)
  for (let band = 0; band < BANDS; band++) {
    let key = 0
    for (let h = band * ROWS; h < (band + 1) * ROWS; h++) key = Math.imul(key ^ smallest(hashes, h), 0x01000193)
    keys[band] = key ^ (key >>> 16)
  }
}

function smallest(hashes: Int32Array, h: number): number {
  const [factor, offset] = [FACTORS[h] as number, OFFSETS[h] as number]
  let least = 0x7fffffff
  for (let i = 0; i < hashes.length; i++) {
    let mixed = Math.imul(hashes[i] as number, factor) + offset
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    if (mixed < least) least = mixed
  }
  return least
}

// Key: B texts of the batch, S tokens of the longest of them.
import type { Architecture } from './architecture.ts'

/** Some texts as one block of token ids; short ones are filled up on the right. */
export interface TokenBatch {
  /** B */
  readonly rows: number
  /** S */
  readonly length: number
  /** B x S */
  readonly ids_BS: Int32Array
  /** B x S, 1 = a token, 0 = filled up. */
  readonly mask_BS: Float32Array
  /** B, tokens of each text. */
  readonly lengths_B: Int32Array
}

/** @param texts_B token ids with the special tokens, at least one each */
export function tokenBatch(texts_B: readonly Int32Array[], architecture: Pick<Architecture, 'padding'>): TokenBatch {
  const lengths_B = Int32Array.from(texts_B, (ids) => ids.length)
  const length = lengths_B.reduce((longest, size) => Math.max(longest, size), 1)
  const ids_BS = new Int32Array(texts_B.length * length).fill(architecture.padding)
  const mask_BS = new Float32Array(ids_BS.length)
  for (const [b, ids] of texts_B.entries()) {
    ids_BS.set(ids, b * length)
    mask_BS.fill(1, b * length, b * length + ids.length)
  }
  return { rows: texts_B.length, length, ids_BS, mask_BS, lengths_B }
}

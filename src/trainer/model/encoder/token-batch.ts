// Key: B texts of the batch, S tokens of the longest of them.
import { type Architecture, firstPosition } from './architecture.ts'

/** Some texts as one block of token ids; short ones are filled up on the right. */
export interface TokenBatch {
  /** B */
  readonly rows: number
  /** S */
  readonly length: number
  /** B x S */
  readonly ids_BS: Int32Array
  /** B x S, rows of the table of positions. */
  readonly positions_BS: Int32Array
  /** B x S, 1 = a token, 0 = filled up. */
  readonly mask_BS: Float32Array
  /** B, tokens of each text. */
  readonly lengths_B: Int32Array
}

/** @param texts_B token ids with the special tokens, at least one each */
export function tokenBatch(texts_B: readonly Int32Array[], architecture: Architecture): TokenBatch {
  const lengths_B = Int32Array.from(texts_B, (ids) => ids.length)
  const length = lengths_B.reduce((longest, size) => Math.max(longest, size), 1)
  const size = texts_B.length * length
  const ids_BS = new Int32Array(size).fill(architecture.padding)
  const positions_BS = new Int32Array(size)
  const mask_BS = new Float32Array(size)
  const first = firstPosition(architecture)
  for (const [b, ids] of texts_B.entries()) {
    const at = b * length
    ids_BS.set(ids, at)
    mask_BS.fill(1, at, at + ids.length)
    for (let s = 0; s < ids.length; s++) positions_BS[at + s] = first + s
  }
  return { rows: texts_B.length, length, ids_BS, positions_BS, mask_BS, lengths_B }
}

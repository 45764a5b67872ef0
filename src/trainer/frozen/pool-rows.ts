// Key: B texts, L tokens of the longest, D width of a token's vector.
import type { Pooling } from '../settings-schema.ts'

/** What an encoder says about the tokens of some texts. */
export interface TokenStates {
  /** Of the layers that the pooling needs, each B x L x D; the last layer comes last. */
  readonly layers: readonly Float32Array[]
  /** B */
  readonly lengths_B: readonly number[]
  /** L */
  readonly longest: number
  /** D */
  readonly width: number
}

/** How many layers, counted from the last, a pooling needs of an encoder that has `layers`. */
export const layersFor = (pooling: Pooling, layers: number) => (pooling === 'last4_mean' ? Math.min(4, layers) : 1)

/** One row a text, as `poolers` of the fine-tuned encoder do it in tensors. @returns B x D */
export function poolRows(pooling: Pooling, { layers, lengths_B, longest, width }: TokenStates): Float32Array {
  const rows_BD = new Float32Array(lengths_B.length * width)
  for (const [b, length] of lengths_B.entries()) {
    const row_D = rows_BD.subarray(b * width, (b + 1) * width)
    const tokens = pooling === 'cls' ? 1 : length
    for (const states_BLD of layers) {
      for (let l = 0; l < tokens; l++) add(row_D, states_BLD, (b * longest + l) * width)
    }
    const scale = 1 / (tokens * layers.length)
    for (let d = 0; d < width; d++) row_D[d] = (row_D[d] as number) * scale
  }
  return rows_BD
}

function add(row_D: Float32Array, values: Float32Array, from: number): void {
  for (let d = 0; d < row_D.length; d++) row_D[d] = (row_D[d] as number) + (values[from + d] as number)
}

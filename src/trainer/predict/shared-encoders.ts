import { createHash } from 'node:crypto'
import type { EncoderArray, TextEncoder } from '../features/encoder.ts'

/** What tells one restored encoder from another. */
export interface EncoderIdentity {
  /** As in the settings. */
  readonly name: string
  /** Its facts, as text. */
  readonly facts: string
  readonly state: ReadonlyMap<string, EncoderArray>
}

/**
 * The encoders of an ensemble: seeds of one sweep have the same one as a rule, which then is opened once and reads each
 * text once. One that learns with its heads is never shared.
 */
export class SharedEncoders {
  readonly #known = new Map<string, Promise<TextEncoder>>()

  restored(identity: EncoderIdentity, restore: () => Promise<TextEncoder>): Promise<TextEncoder> {
    const key = keyOf(identity)
    const known = this.#known.get(key) ?? restore().then(remembering)
    this.#known.set(key, known)
    return known
  }
}

function keyOf({ name, facts, state }: EncoderIdentity): string {
  const hash = createHash('sha256').update(JSON.stringify([name, facts]))
  for (const [array, values] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(array).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}

/** Members are asked one after the other for the very same texts. */
function remembering(encoder: TextEncoder): TextEncoder {
  let last: { readonly texts: readonly string[]; readonly rows: ReturnType<TextEncoder['encode']> } | undefined
  const { width, state, facts } = encoder
  return {
    width,
    state,
    facts,
    encode: (texts, options) => {
      if (last?.texts !== texts) last = { texts, rows: encoder.encode(texts, options) }
      return last.rows
    },
  }
}

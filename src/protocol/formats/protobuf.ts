/** One field of a protobuf message, undecoded. */
export type Field =
  | { readonly number: number; readonly wire: 'varint'; readonly value: number }
  | { readonly number: number; readonly wire: 'bytes' | 'fixed32' | 'fixed64'; readonly data: Buffer }

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/**
 * The fields of one message in their order; ends early at anything that is not protobuf.
 * Varints above 2^53 lose their last digits, which steps and lengths never reach.
 *
 * @source protobuf.dev/programming-guides/encoding
 */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return Number.NaN
  }
  const slice = (length: number): Buffer | undefined => {
    const data = message.subarray(at, at + length)
    at += length
    return data.length === length ? data : undefined
  }
  while (at < message.length) {
    const key = varint()
    const number = Math.floor(key / 8)
    const wire = key % 8
    if (wire === VARINT) {
      yield { number, wire: 'varint', value: varint() }
      continue
    }
    const length = wire === BYTES ? varint() : wire === FIXED32 ? 4 : wire === FIXED64 ? 8 : Number.NaN
    const data = Number.isNaN(length) ? undefined : slice(length)
    if (data === undefined) return
    yield { number, wire: wire === BYTES ? 'bytes' : wire === FIXED32 ? 'fixed32' : 'fixed64', data }
  }
}

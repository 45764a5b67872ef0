/** A text as whole numbers, because a weights file holds arrays: its UTF-8 bytes, four a number, filled up with spaces. */
export function packedText(text: string): Int32Array {
  const bytes = Buffer.from(text, 'utf8')
  const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4, ' ')
  bytes.copy(padded)
  return Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(4 * i))
}

/** The text again, with up to three spaces behind it. */
export function unpackedText(numbers: Int32Array): string {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [i, number] of numbers.entries()) bytes.writeInt32LE(number, 4 * i)
  return bytes.toString('utf8')
}

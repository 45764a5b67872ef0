/**
 * 16-bit floating point numbers as 32-bit ones; nothing is lost.
 *
 * @source IEEE 754 binary16 (F16: 5 bits of exponent); bfloat16 is the upper half of a binary32
 */
export function widened(format: 'F16' | 'BF16', halves: Uint16Array): Float32Array {
  if (format === 'F16') return Float32Array.from(halves, fromHalf)
  const bits = Uint32Array.from(halves, (half) => half << 16)
  return new Float32Array(bits.buffer)
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

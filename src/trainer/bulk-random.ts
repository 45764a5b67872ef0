import type { Rng } from '../base/rng.ts'

const TO_UNIT = 1 / 2 ** 32

/** Random numbers by the million: dropout masks and initial weights. */
export interface BulkRandom {
  /** Uniform in [-1, 1). */
  symmetric(): number
  /**
   * Factors of inverted dropout: 0 for what is dropped, 1 / (share kept) for the rest, so that the expectation stays.
   * The rate is rounded to 1/65536.
   */
  dropoutMask(size: number, rate: number): Float32Array
}

/**
 * The counter-based streams of base/rng cost some 100 ns a number, a third of a small head's training step; this one
 * costs 2 and takes from them only its start, so that it is as reproducible.
 *
 * @source Marsaglia, "Xorshift RNGs" (2003): the 128-bit generator with shifts 11, 8, 19
 */
export function bulkRandom(seeds: Rng): BulkRandom {
  const word = () => seeds.below(2 ** 32) | 0
  let [x, y, z, w] = [word(), word(), word(), word() | 1]
  const next = (): number => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return w >>> 0
  }
  return {
    symmetric: () => next() * TO_UNIT * 2 - 1,
    dropoutMask: (size, rate) => {
      const threshold = Math.round(rate * 65_536)
      const factor = 65_536 / (65_536 - threshold)
      const mask = new Float32Array(size)
      for (let i = 0; i < size; i += 2) {
        const bits = next()
        if ((bits & 0xffff) >= threshold) mask[i] = factor
        // A write behind the end of a typed array is ignored.
        if (bits >>> 16 >= threshold) mask[i + 1] = factor
      }
      return mask
    },
  }
}

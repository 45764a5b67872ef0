import { createHash } from 'node:crypto'

/**
 * A stream of random numbers named by what it decides.
 *
 * Counter-based: draw `i` is a function of (key, i) and of nothing else, so two streams never disturb each other
 * and a replay that asks in another order gets the same answers.
 *
 * @source Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): Philox4x32 with 10 rounds.
 */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Uniform integer in [0, n). `n` is at most 2^32. */
  below(n: number): number
  /** Standard normal (Box-Muller; two uniforms a draw, none kept over). */
  normal(): number
  /** A new array with the items in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[]
}

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85
const TO_UNIT = 1 / 2 ** 53

/** High 32 bits of the unsigned product: 16-bit halves keep every partial product exact. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle % 0x10000)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0
}

/** One Philox4x32-10 block: four 32-bit words of `counter` under `key`. Exported for the test against the paper's vectors. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const h0 = mulHigh(M0, c0)
    const l0 = Math.imul(M0, c0) >>> 0
    const h1 = mulHigh(M1, c2)
    const l1 = Math.imul(M1, c2) >>> 0
    c0 = (h1 ^ c1 ^ k0) >>> 0
    c1 = l1
    c2 = (h0 ^ c3 ^ k1) >>> 0
    c3 = l0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  return [c0, c1, c2, c3]
}

/**
 * @param seed of everything that is to be repeated together
 * @param name what the stream decides, such as `'split', 17`; other names give independent streams
 */
export function rngFor(seed: number, ...name: readonly (string | number)[]): Rng {
  // The digest of the name goes into the key and half of the counter: 128 bits, so that names do not collide.
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...name]))
    .digest()
  const key = [digest.readUInt32LE(0), digest.readUInt32LE(4)] as const
  const high = [digest.readUInt32LE(8), digest.readUInt32LE(12)] as const
  let counter = 0
  let block: readonly number[] = []
  let next = 4

  const word = (): number => {
    if (next === 4) {
      block = philox4x32([counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, high[0], high[1]], key)
      counter++
      next = 0
    }
    return block[next++] as number
  }
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) * TO_UNIT
  const below = (n: number) => Math.floor(uniform() * n)

  return {
    uniform,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffled: (items) => {
      const order = [...items]
      for (let i = order.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[order[i], order[j]] = [order[j] as (typeof order)[number], order[i] as (typeof order)[number]]
      }
      return order
    },
  }
}

import { rngFor } from '../../base/rng.ts'
import { type Directions, joeKuo } from './joe-kuo.ts'
import type { PointSequence } from './sequence.ts'

const BITS = 32

/** Dimensions that have direction numbers. */
export const SOBOL_DIMENSIONS = joeKuo.length + 1

/**
 * Coordinate of a Sobol point as 32 bits, the highest worth 1/2.
 *
 * @source Sobol (1967), in the order of Gray codes of Antonov and Saleev (1979), which keeps every first 2^k points
 * @param dimension 0 to {@link SOBOL_DIMENSIONS} - 1
 */
export function sobolBits(index: number, dimension: number): number {
  const vectors = vectorsOf(dimension)
  let bits = 0
  for (let gray = (index ^ (index >>> 1)) >>> 0, k = 0; gray !== 0; gray >>>= 1, k++) {
    if (gray & 1) bits ^= vectors[k] as number
  }
  return bits >>> 0
}

const known: Uint32Array[] = []

function vectorsOf(dimension: number): Uint32Array {
  const made = known[dimension] ?? directionVectors(joeKuo[dimension - 1])
  known[dimension] = made
  return made
}

/** The recurrence of Bratley and Fox (1988), equation 2. */
function directionVectors(directions: Directions | undefined): Uint32Array {
  const vectors = new Uint32Array(BITS)
  const { a, m } = directions ?? { a: 0, m: [] }
  const degree = m.length
  for (let k = 0; k < BITS; k++) {
    if (directions === undefined) vectors[k] = 1 << (BITS - 1 - k)
    else if (k < degree) vectors[k] = (m[k] as number) << (BITS - 1 - k)
    else {
      const first = vectors[k - degree] as number
      let bits = first ^ (first >>> degree)
      for (let j = 1; j < degree; j++) if ((a >>> (degree - 1 - j)) & 1) bits ^= vectors[k - j] as number
      vectors[k] = bits
    }
  }
  return vectors
}

/** The finaliser of MurmurHash3: every bit of the answer depends on every bit of `x`. */
function mixed(x: number): number {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * Owen's nested scrambling: each bit is flipped or not by a coin of its own for all that is above it. What fell into
 * one elementary interval still does, so the evenness stays, while every point by itself is uniform.
 *
 * @source Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences" (1995). The coin of a node of the binary tree is a
 * hash of its number, so that nothing is kept (as in Burley, "Practical hash-based Owen scrambling", 2020).
 */
export function owenScrambled(bits: number, key: number): number {
  let flips = 0
  for (let k = 0; k < BITS; k++) {
    // Numbers of the tree's nodes as in a heap: a 1, then the k bits above.
    const node = (k === 0 ? 1 : (2 ** k + (bits >>> (BITS - k))) >>> 0) >>> 0
    flips |= (mixed(mixed(node ^ key) + key) & 1) << (BITS - 1 - k)
  }
  return (bits ^ flips) >>> 0
}

/**
 * Sobol's sequence, scrambled by `seed`: every first 2^k points are as even as they can be.
 * Dimensions above the 128 that have direction numbers are drawn at random instead.
 */
export function sobolSequence(seed: number): PointSequence {
  const keys: number[] = []
  const keyOf = (dimension: number): number => {
    const key = keys[dimension] ?? rngFor(seed, 'sobol', dimension).below(2 ** 32)
    keys[dimension] = key
    return key
  }
  return {
    at: (index, dimension) =>
      dimension < SOBOL_DIMENSIONS
        ? (owenScrambled(sobolBits(index, dimension), keyOf(dimension)) + 0.5) / 2 ** BITS
        : inside(rngFor(seed, 'beyond sobol', dimension, index).uniform()),
  }
}

function inside(u: number): number {
  return Math.min(1 - 2 ** -33, Math.max(2 ** -33, u))
}

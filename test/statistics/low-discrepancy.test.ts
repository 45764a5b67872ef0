import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { haltonSequence, primeAt, radicalInverse } from '../../src/statistics/low-discrepancy/halton.ts'
import type { PointSequence } from '../../src/statistics/low-discrepancy/sequence.ts'
import {
  owenScrambled,
  SOBOL_DIMENSIONS,
  sobolBits,
  sobolSequence,
} from '../../src/statistics/low-discrepancy/sobol.ts'

function points(sequence: PointSequence, n: number, dimensions: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: dimensions }, (_, d) => sequence.at(i, d)))
}

/** @source Hickernell, "A generalized discrepancy and quadrature error bound" (1998), the centred L2 discrepancy */
function centredDiscrepancy(all: readonly (readonly number[])[]): number {
  const n = all.length
  const d = all[0]?.length as number
  const away = (u: number) => Math.abs(u - 0.5)
  let single = 0
  let pairs = 0
  for (const a of all) {
    single += a.reduce((product, u) => product * (1 + away(u) / 2 - away(u) ** 2 / 2), 1)
    for (const b of all) {
      pairs += a.reduce((product, u, k) => {
        const v = b[k] as number
        return product * (1 + away(u) / 2 + away(v) / 2 - Math.abs(u - v) / 2)
      }, 1)
    }
  }
  return Math.sqrt((13 / 12) ** d - (2 / n) * single + pairs / n ** 2)
}

const random: PointSequence = { at: (index, dimension) => rngFor(5, index, dimension).uniform() }

describe("Sobol's sequence", () => {
  it('has the published first points, and those of SciPy 1.17 in high dimensions', () => {
    const unscrambled = (index: number, dimensions: readonly number[]) =>
      dimensions.map((d) => sobolBits(index, d) / 2 ** 32)
    expect([0, 1, 2, 3, 4, 5].map((i) => unscrambled(i, [0, 1, 2, 3, 4]))).toEqual([
      [0, 0, 0, 0, 0],
      [0.5, 0.5, 0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25, 0.25, 0.75],
      [0.25, 0.75, 0.75, 0.75, 0.25],
      [0.375, 0.375, 0.625, 0.875, 0.375],
      [0.875, 0.875, 0.125, 0.375, 0.875],
    ])
    expect(unscrambled(37, [0, 1, 2, 39])).toEqual([0.921875, 0.640625, 0.578125, 0.078125])
  })

  it('puts one of every first 2^k points into each of 2^k intervals, in every dimension, also scrambled', () => {
    const sequence = sobolSequence(3)
    for (let d = 0; d < SOBOL_DIMENSIONS; d++) {
      const cells = new Set(Array.from({ length: 64 }, (_, i) => Math.floor(sequence.at(i, d) * 64)))
      expect(cells.size).toBe(64)
    }
  })

  it('is a (0, 6, 2)-net in its first two dimensions, also scrambled', () => {
    const all = points(sobolSequence(4), 64, 2) as [number, number][]
    for (let k = 0; k <= 6; k++) {
      const cells = new Set(all.map(([x, y]) => `${Math.floor(x * 2 ** k)}/${Math.floor(y * 2 ** (6 - k))}`))
      expect(cells.size).toBe(64)
    }
  })

  it('is scrambled without collisions, and uniformly: the mean of a point over seeds is a half', () => {
    expect(new Set(Array.from({ length: 1000 }, (_, i) => owenScrambled(i, 7))).size).toBe(1000)
    const firsts = Array.from({ length: 400 }, (_, seed) => sobolSequence(seed).at(0, 3))
    const mean = firsts.reduce((sum, u) => sum + u, 0) / firsts.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 400))
  })

  it('goes on at random above its last dimension', () => {
    const u = sobolSequence(1).at(5, SOBOL_DIMENSIONS + 3)
    expect(u).toBeGreaterThan(0)
    expect(u).toBeLessThan(1)
  })
})

describe("Halton's sequence", () => {
  it("is van der Corput's in each prime base before its digits are shuffled", () => {
    expect([0, 1, 2, 3, 4].map((i) => radicalInverse(i, 2))).toEqual([0, 0.5, 0.25, 0.75, 0.125])
    expect(radicalInverse(5, 3)).toBeCloseTo(2 / 3 + 1 / 9, 14)
    expect([0, 1, 2, 3, 25].map(primeAt)).toEqual([2, 3, 5, 7, 101])
  })

  it('puts one of b^k points into each of b^k intervals of base b', () => {
    const sequence = haltonSequence(2)
    for (const [dimension, cells] of [
      [0, 64],
      [1, 81],
      [2, 125],
      [3, 49],
    ] as const) {
      const seen = new Set(
        Array.from({ length: cells }, (_, i) => Math.floor(sequence.at(i, dimension) * cells + 1e-9)),
      )
      expect(seen.size).toBe(cells)
    }
  })
})

describe.each([
  ['Sobol', sobolSequence],
  ['Halton', haltonSequence],
])('the sequence of %s', (_, sequenceOf) => {
  it.each([2, 5, 8])('is evener than random points in %i dimensions', (dimensions) => {
    const even = [1, 2, 3].map((seed) => centredDiscrepancy(points(sequenceOf(seed), 128, dimensions)))
    const chance = centredDiscrepancy(points(random, 128, dimensions))
    expect(Math.max(...even)).toBeLessThan((dimensions === 8 ? 0.85 : 0.6) * chance)
  })

  it('depends on the seed, and on nothing else', () => {
    expect(sequenceOf(1).at(9, 2)).toBe(sequenceOf(1).at(9, 2))
    expect(sequenceOf(1).at(9, 2)).not.toBe(sequenceOf(2).at(9, 2))
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { philox4x32, rngFor } from '../../src/base/rng.ts'

type Four = readonly [number, number, number, number]

// Known-answer vectors of Random123 (kat_vectors, "philox4x32 10"): counter, key, expected block.
const KNOWN: readonly [Four, readonly [number, number], Four][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
]

describe('philox4x32', () => {
  it.each(KNOWN)('gives the published block for counter %j', (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected)
  })
})

describe('rngFor', () => {
  const draws = (rng: ReturnType<typeof rngFor>, n = 20) => Array.from({ length: n }, () => rng.uniform())

  it('gives the same stream for the same seed and name', () => {
    expect(draws(rngFor(7, 'trial', 17))).toEqual(draws(rngFor(7, 'trial', 17)))
  })

  it('gives other streams for other seeds and for names that only differ in where they are cut', () => {
    const streams = [rngFor(7, 'trial', 17), rngFor(8, 'trial', 17), rngFor(7, 'trial', 1, 7), rngFor(7, 'trial', '17')]
    expect(new Set(streams.map((rng) => rng.uniform())).size).toBe(4)
  })

  it('is not disturbed by draws from another stream', () => {
    const alone = draws(rngFor(1, 'a'))
    const [a, b] = [rngFor(1, 'a'), rngFor(1, 'b')]
    const between = alone.map(() => {
      b.normal()
      return a.uniform()
    })
    expect(between).toEqual(alone)
  })

  it('draws uniforms with the mean and variance of [0, 1)', () => {
    const values = draws(rngFor(3, 'uniform'), 20_000)
    const mean = values.reduce((a, b) => a + b) / values.length
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(mean).toBeCloseTo(0.5, 2)
    expect(variance).toBeCloseTo(1 / 12, 2)
  })

  it('draws normals with mean 0, variance 1 and 95 % within 1.96', () => {
    const rng = rngFor(3, 'normal')
    const values = Array.from({ length: 20_000 }, () => rng.normal())
    expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(0, 1)
    expect(values.reduce((sum, v) => sum + v * v, 0) / values.length).toBeCloseTo(1, 1)
    expect(values.filter((v) => Math.abs(v) < 1.96).length / values.length).toBeCloseTo(0.95, 1)
  })

  it('draws every integer below n and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer(), (n, seed) => {
        const rng = rngFor(seed, 'below')
        const seen = new Set(Array.from({ length: 400 }, () => rng.below(n)))
        expect([...seen].sort()).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
      { numRuns: 50 },
    )
  })

  it('shuffles into a permutation and leaves the given array alone', () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const shuffled = rngFor(5, 'shuffle').shuffled(items)
    expect(items).toEqual([...items].sort((a, b) => a - b))
    expect(shuffled).not.toEqual(items)
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import { samplePoint } from '../../src/space/sample.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { naiveGrid, smallSpace } from './random-spaces.ts'

test('the same seed gives the same point, and every point lies in the filtered product', () => {
  fc.assert(
    fc.property(smallSpace, fc.nat(), (space, seed) => {
      const allowed = new Set(naiveGrid(space).map(paramsKey))
      // A q_uniform sample may round up to its maximum, which a grid leaves out.
      if (allowed.size < 4 || Object.values(space.parameters).some((p) => 'q' in p)) return
      const point = samplePoint(space, rngFor(seed, 'sample'))
      expect(samplePoint(space, rngFor(seed, 'sample'))).toEqual(point)
      expect(allowed).toContain(paramsKey(point))
    }),
    { numRuns: 300 },
  )
})

test('what one parameter gets does not depend on whether another one exists', () => {
  const space = (when: string): SearchSpace => ({
    parameters: {
      a: { distribution: 'uniform', min: 0, max: 1 },
      b: { distribution: 'uniform', min: 0, max: 1 },
      gate: { distribution: 'constant', value: 'on' },
    },
    conditions: [{ parameter: 'a', when: { gate: [when] } }],
    zipped: [],
    constraints: [],
  })
  const withA = samplePoint(space('on'), rngFor(1, 'x'))
  const withoutA = samplePoint(space('off'), rngFor(1, 'x'))
  expect(withA).toHaveProperty('a')
  expect(withoutA).not.toHaveProperty('a')
  expect(withoutA.b).toBe(withA.b)
})

test('constraints that leave nothing end with an error that says so', () => {
  const space: SearchSpace = {
    parameters: { a: { distribution: 'uniform', min: 0, max: 1 } },
    conditions: [],
    zipped: [],
    constraints: [{ require: { left: 'a', operator: '>', right: 1 } }],
  }
  expect(() => samplePoint(space, rngFor(1, 'x'))).toThrow(/refused 1,000 samples in a row/)
})

test('keys of params do not depend on the order of names, and tell true from 1', () => {
  expect(paramsKey({ a: 1, b: { c: 2, d: [3] } })).toBe(paramsKey({ b: { d: [3.0], c: 2 }, a: 1 }))
  expect(paramsKey({ a: Number.NaN })).toBe(paramsKey({ a: Number.NaN }))
  expect(paramsKey({ a: true })).not.toBe(paramsKey({ a: 1 }))
  expect(paramsKey({ a: '1' })).not.toBe(paramsKey({ a: 1 }))
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Domain } from '../../src/space/domain.ts'
import { encode } from '../../src/space/encode.ts'
import { roundHalfEven, valueAt } from '../../src/space/value-at.ts'

const bounds = fc
  .tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 400 }))
  .map(([min, width]) => ({ min: min / 10, max: (min + width) / 10 }))
const limits = bounds.map(({ min, max }) => ({ min: min + 41, max: max + 41 }))
const exponents = fc.constantFrom({ min: -11.51, max: -5.23 }, { min: -2, max: 3.5 })
const q = fc.constantFrom(0.1, 0.25, 1, 2, 5)
const location = fc.record({ mu: fc.constantFrom(-3, 0, 1.5), sigma: fc.constantFrom(0.5, 1, 2) })
const shape = fc.record({ a: fc.constantFrom(0.5, 1, 3), b: fc.constantFrom(0.5, 1, 4) })

const numeric: fc.Arbitrary<Domain> = fc.oneof(
  bounds.map((b): Domain => ({ distribution: 'int_uniform', min: Math.floor(b.min), max: Math.ceil(b.max) })),
  bounds.map((b): Domain => ({ distribution: 'uniform', ...b })),
  exponents.map((b): Domain => ({ distribution: 'log_uniform', ...b })),
  exponents.map((b): Domain => ({ distribution: 'inv_log_uniform', ...b })),
  limits.map((b): Domain => ({ distribution: 'log_uniform_values', ...b })),
  limits.map((b): Domain => ({ distribution: 'inv_log_uniform_values', ...b })),
  fc.tuple(bounds, q).map(([b, step]): Domain => ({ distribution: 'q_uniform', ...b, q: step, integer: false })),
  fc
    .tuple(limits, q)
    .map(([b, step]): Domain => ({ distribution: 'q_log_uniform_values', ...b, q: step, integer: false })),
  fc.tuple(exponents, q).map(([b, step]): Domain => ({ distribution: 'q_log_uniform', ...b, q: step, integer: false })),
  location.map((l): Domain => ({ distribution: 'normal', ...l })),
  location.map((l): Domain => ({ distribution: 'log_normal', ...l })),
  fc.tuple(location, q).map(([l, step]): Domain => ({ distribution: 'q_normal', ...l, q: step, integer: false })),
  fc.tuple(location, q).map(([l, step]): Domain => ({ distribution: 'q_log_normal', ...l, q: step, integer: false })),
  shape.map((s): Domain => ({ distribution: 'beta', ...s })),
  fc.tuple(shape, q).map(([s, step]): Domain => ({ distribution: 'q_beta', ...s, q: step, integer: false })),
)

const quantile = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1))

describe('valueAt', () => {
  test('never falls when u grows, and is finite, also at both ends', () => {
    fc.assert(
      fc.property(numeric, quantile, quantile, (domain, u, v) => {
        const low = valueAt(domain, Math.min(u, v)) as number
        const high = valueAt(domain, Math.max(u, v)) as number
        expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true)
        expect(low).toBeLessThanOrEqual(high * (high > 0 ? 1 + 1e-12 : 1 - 1e-12) + 1e-12)
      }),
      { numRuns: 2000 },
    )
  })

  test('stays inside bounds that are limits on the value', () => {
    fc.assert(
      fc.property(numeric, quantile, (domain, u) => {
        if (!('min' in domain) || 'q' in domain || /log_uniform$/.test(domain.distribution)) return
        const value = valueAt(domain, u) as number
        expect(value).toBeGreaterThanOrEqual(domain.min)
        expect(value).toBeLessThanOrEqual(domain.max)
      }),
    )
  })

  test('gives back the value that was encoded', () => {
    fc.assert(
      fc.property(numeric, quantile, (domain, u) => {
        const value = valueAt(domain, u) as number
        const code = encode(domain, value) as number
        expect(code).toBeGreaterThanOrEqual(0)
        expect(code).toBeLessThanOrEqual(1)
        const again = valueAt(domain, code) as number
        // Far out in a tail, u itself has no digits left to tell neighbours apart.
        if (code > 1e-9 && code < 1 - 1e-9) expect(again).toBeCloseTo(value, 6)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    // By W&B's formulas; the first one, which leaves its range by rounding, was also measured there.
    [{ distribution: 'q_uniform', min: 0.05, max: 1, q: 0.1, integer: false }, 0, 0],
    [{ distribution: 'q_uniform', min: 0, max: 10, q: 5, integer: true }, 0.25, 0],
    [{ distribution: 'q_uniform', min: 0, max: 10, q: 5, integer: true }, 0.75, 10],
    [{ distribution: 'uniform', min: 0, max: 2 }, 0.25, 0.5],
    [{ distribution: 'log_uniform', min: 0, max: 1 }, 1, Math.E],
    [{ distribution: 'normal', mu: 1, sigma: 2 }, 0.5, 1],
    [{ distribution: 'int_uniform', min: 3, max: 5 }, 0.34, 4],
    [{ distribution: 'categorical', values: ['a', 'b', 'c', 'd'] }, 0.25, 'a'],
    [{ distribution: 'categorical', values: ['a', 'b', 'c', 'd'] }, 0.26, 'b'],
    [{ distribution: 'categorical_w_probabilities', values: ['a', 'b'], probabilities: [0.3, 0.7] }, 0.3, 'b'],
  ] as const)('of %j at %d is %j', (domain, u, expected) => {
    expect(valueAt(domain as Domain, u)).toBe(expected)
  })

  test('at u = 0 gives the first value and the minimum, where W&B gives the last value and min - 1', () => {
    expect(valueAt({ distribution: 'categorical', values: ['first', 'last'] }, 0)).toBe('first')
    expect(valueAt({ distribution: 'int_uniform', min: 1, max: 9 }, 0)).toBe(1)
  })

  test('at u = 1 never picks a value of probability 0, nor falls off the end of sums below 1', () => {
    const domain: Domain = {
      distribution: 'categorical_w_probabilities',
      values: ['a', 'b', 'never'],
      probabilities: [0.1, 0.8999999999, 0],
    }
    expect(valueAt(domain, 1)).toBe('b')
  })
})

test('halves are rounded to the even neighbour, also below zero', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3])
})

test('a value that the domain does not have has no place in it', () => {
  expect(encode({ distribution: 'categorical', values: [1, 2] }, 3)).toBeUndefined()
  expect(encode({ distribution: 'int_uniform', min: 1, max: 2 }, 3)).toBeUndefined()
  expect(encode({ distribution: 'uniform', min: 1, max: 2 }, 'x')).toBeUndefined()
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Domain, Params } from '../../src/space/domain.ts'
import { countGrid, gridSize, nextGridPoint } from '../../src/space/grid.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { naiveGrid, smallSpace } from './random-spaces.ts'

function spaceOf(parameters: SearchSpace['parameters'], rules: Partial<SearchSpace> = {}): SearchSpace {
  return { parameters, conditions: [], zipped: [], constraints: [], ...rules }
}

const list = (...values: (string | number | boolean)[]): Domain => ({ distribution: 'categorical', values })

function walk(space: SearchSpace, limit = 10_000): Params[] {
  const points: Params[] = []
  for (let at = nextGridPoint(space); at && points.length < limit; at = nextGridPoint(space, at.cursor)) {
    points.push(at.params)
  }
  return points
}

describe('a grid', () => {
  test('sorts the names and varies the last one fastest, as W&B does', () => {
    const points = walk(spaceOf({ b: list(1, 2), a: list('x', 'y') }))
    expect(points).toEqual([
      { a: 'x', b: 1 },
      { a: 'x', b: 2 },
      { a: 'y', b: 1 },
      { a: 'y', b: 2 },
    ])
  })

  test('sorts nested names by the separator that W&B puts between them', () => {
    const space = spaceOf({ 'a.c': list(1, 2), a: { parameters: { z: list(1, 2) } } })
    expect(walk(space).slice(0, 2)).toEqual([
      { a: { z: 1 }, 'a.c': 1 },
      { a: { z: 2 }, 'a.c': 1 },
    ])
  })

  test('enumerates exactly the filtered product, each configuration once, and knows how many there are', () => {
    fc.assert(
      fc.property(smallSpace, (space) => {
        const points = walk(space).map(paramsKey)
        const expected = new Set(naiveGrid(space).map(paramsKey))
        expect(new Set(points)).toEqual(expected)
        expect(points.length).toBe(expected.size)
        expect(countGrid(space)).toEqual({ points: expected.size, exact: true })
      }),
      { numRuns: 400 },
    )
  })

  test('steps through q_uniform without its maximum and through int_uniform with it', () => {
    const space = spaceOf({
      i: { distribution: 'int_uniform', min: -1, max: 1 },
      q: { distribution: 'q_uniform', min: 0.5, max: 1.5, q: 0.5, integer: false },
    })
    expect(walk(space)).toHaveLength(6)
    expect(walk(space).at(-1)).toEqual({ i: 1, q: 1 })
  })

  test('takes 3 and 3.0 for one value, but not true and 1', () => {
    expect(walk(spaceOf({ a: list(3, 3.0, 1, true) }))).toEqual([{ a: 3 }, { a: 1 }, { a: true }])
  })

  test('varies the members of a zipped group together', () => {
    const space = spaceOf({ a: list(1, 2), b: list('x', 'y'), c: list(0, 1) }, { zipped: [{ parameters: ['a', 'b'] }] })
    expect(gridSize(space)).toBe(4)
    expect(walk(space)[2]).toEqual({ a: 2, b: 'y', c: 0 })
  })

  test('leaves out a nested group when all of it is absent', () => {
    const space = spaceOf(
      { loss: list('ce', 'focal'), focal: { parameters: { gamma: list(1, 2), alpha: list(0.5) } } },
      { conditions: [{ parameter: 'focal', when: { loss: ['focal'] } }] },
    )
    expect(walk(space)).toEqual([
      { loss: 'ce' },
      { loss: 'focal', focal: { alpha: 0.5, gamma: 1 } },
      { loss: 'focal', focal: { alpha: 0.5, gamma: 2 } },
    ])
  })

  test('of 10^15 points answers its size, its first and its last points at once', () => {
    const digits = Array.from({ length: 15 }, (_, i) => [`p${String(i).padStart(2, '0')}`, list(...Array(10).keys())])
    const space = spaceOf(Object.fromEntries(digits))
    const before = process.memoryUsage().heapUsed
    expect(gridSize(space)).toBe(1e15)
    expect(walk(space, 1000)).toHaveLength(1000)
    expect(nextGridPoint(space, 1e15 - 1)?.params).toMatchObject({ p00: 9, p14: 9 })
    expect(nextGridPoint(space, 1e15)).toBeUndefined()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6)
  })

  test('skips a block that is absent or forbidden by arithmetic, whatever its size', () => {
    const huge: Domain = { distribution: 'int_uniform', min: 1, max: 1e9 }
    const space = spaceOf(
      { a: list(0, 1, 2), b: huge },
      { conditions: [{ parameter: 'b', when: { a: [0, 2] } }], constraints: [{ forbid: { a: [0] } }] },
    )
    expect(walk(space, 3)).toEqual([{ a: 1 }, { a: 2, b: 1 }, { a: 2, b: 2 }])
  })

  test('does not walk a long range to find the values that other parameters depend on', () => {
    const space = spaceOf(
      { a: { distribution: 'int_uniform', min: 1, max: 1e12 }, b: list(1, 2, 3) },
      { conditions: [{ parameter: 'b', when: { a: [5, 1e12] } }] },
    )
    expect(gridSize(space)).toBe(1e12 + 4)
    expect(nextGridPoint(space, 4)?.params).toEqual({ a: 5, b: 1 })
    expect(nextGridPoint(space, 7)?.params).toEqual({ a: 6 })
    expect(nextGridPoint(space, 1e12 + 3)?.params).toEqual({ a: 1e12, b: 3 })
  })

  test('says that its size is an upper bound when constraints reach over too many points', () => {
    const huge: Domain = { distribution: 'int_uniform', min: 1, max: 1000 }
    const space = spaceOf(
      { a: huge, b: huge },
      { constraints: [{ require: { left: 'a', operator: '<', right: 'b' } }] },
    )
    expect(countGrid(space)).toEqual({ points: 1e6, exact: false })
    expect(walk(space, 1)).toEqual([{ a: 1, b: 2 }])
  })

  test('refuses a continuous parameter and names it', () => {
    const space = spaceOf({ lr: { distribution: 'uniform', min: 0, max: 1 } })
    expect(() => gridSize(space)).toThrow(/"lr" is uniform/)
  })
})

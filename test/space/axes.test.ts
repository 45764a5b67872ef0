import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import type { Axes, Point } from '../../src/space/axes.ts'
import { axesOf, isAllowed, paramsAt, pointKey, pointOf, randomPoint, settled } from '../../src/space/axes.ts'
import { allPoints, mostPoints, neighboursOf } from '../../src/space/axes-walk.ts'
import type { Domain, ParamValue } from '../../src/space/domain.ts'
import { placesOf } from '../../src/space/number-scale.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import { samplePoint } from '../../src/space/sample.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { naiveGrid, smallSpace } from './random-spaces.ts'

const DOMAINS: readonly Domain[] = [
  { distribution: 'constant', value: 3 },
  { distribution: 'categorical', values: ['a', 2, null, true] },
  { distribution: 'categorical', values: [64, 16, 32, 128] },
  { distribution: 'categorical_w_probabilities', values: ['a', 'b', 'c'], probabilities: [0.5, 0, 0.5] },
  { distribution: 'int_uniform', min: -3, max: 12 },
  { distribution: 'uniform', min: -1, max: 2 },
  { distribution: 'log_uniform', min: -4, max: 1 },
  { distribution: 'log_uniform_values', min: 1e-5, max: 0.1 },
  { distribution: 'inv_log_uniform', min: 1, max: 4 },
  { distribution: 'inv_log_uniform_values', min: 0.01, max: 5 },
  { distribution: 'q_uniform', min: 0, max: 10, q: 3, integer: true },
  { distribution: 'q_log_uniform', min: -1, max: 4, q: 1, integer: true },
  { distribution: 'q_log_uniform_values', min: 0.1, max: 30, q: 0.25, integer: false },
  { distribution: 'normal', mu: 1, sigma: 2 },
  { distribution: 'log_normal', mu: 0, sigma: 1 },
  { distribution: 'q_normal', mu: 0, sigma: 3, q: 0.5, integer: false },
  { distribution: 'q_log_normal', mu: 1, sigma: 1, q: 1, integer: true },
  { distribution: 'beta', a: 2, b: 5 },
  { distribution: 'q_beta', a: 2, b: 5, q: 0.1, integer: false },
]

const plain = (parameters: SearchSpace['parameters']): SearchSpace => ({
  parameters,
  conditions: [],
  zipped: [],
  constraints: [],
})

const back = (axes: Axes, params: Parameters<typeof pointOf>[1]) => paramsAt(axes, pointOf(axes, params) as Point)

describe('positions of values', () => {
  it.each(DOMAINS.map((domain) => [domain.distribution, domain] as const))('of %s lead back to them', (_, domain) => {
    const space = plain({ x: domain })
    const axes = axesOf(space)
    for (let i = 0; i < 200; i++) {
      const params = samplePoint(space, rngFor(i, 'x'))
      const again = back(axes, params)
      if (axes.list[0]?.kind !== 'continuous') expect(again).toEqual(params)
      else {
        const [value, found] = [params.x as number, again.x as number]
        expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(value)))
      }
    }
  })

  it.each(DOMAINS.map((domain) => [domain.distribution, domain] as const))(
    'of %s are all taken, and their cells fill the range',
    (_, domain) => {
      const [axis] = axesOf(plain({ x: domain })).list
      if (axis?.kind !== 'ordinal') return
      expect(axis.cell(0)[0]).toBe(0)
      expect(axis.cell(axis.size - 1)[1]).toBe(1)
      for (let level = 0; level < axis.size; level++) {
        const [low, high] = axis.cell(level)
        if (level > 0) expect(low).toBeCloseTo(axis.cell(level - 1)[1], 12)
        if (high - low > 1e-9) expect(axis.levelAt(axis.positionAt(level))).toBe(level)
      }
    },
  )

  it('of whole numbers and lists are those of equal cells', () => {
    const axes = axesOf(plain({ list: { distribution: 'categorical', values: [128, 16, 32, 64] } }))
    expect(pointOf(axes, { list: 16 })).toEqual([expect.closeTo(0.125, 12)])
    expect(pointOf(axes, { list: 128 })).toEqual([expect.closeTo(0.875, 12)])
    expect(placesOf([0, 1, 2, 3])).toEqual([0.125, 0.375, 0.625, 0.875])
    // Neither linear nor logarithmic: as written.
    expect(placesOf([0, 1e-4, 1e-3, 1e-2])).toEqual([0.125, 0.375, 0.625, 0.875])
  })

  it('are undefined as a whole for params of another space', () => {
    const axes = axesOf(plain({ list: { distribution: 'categorical', values: ['a', 'b'] } }))
    expect(pointOf(axes, { list: 'c' })).toBeUndefined()
    expect(pointOf(axes, {})).toBeUndefined()
  })

  it('of a zipped group are one axis, ordered where its numbers rise together', () => {
    const parameters = {
      rate: { distribution: 'categorical', values: [0.1, 0.01, 0.001] },
      size: { distribution: 'categorical', values: [16, 32, 64] },
    } as const
    const space: SearchSpace = { ...plain(parameters), zipped: [{ parameters: ['rate', 'size'] }] }
    const axes = axesOf(space)
    expect(axes.list.map(({ kind, size }) => [kind, size])).toEqual([['ordinal', 3]])
    expect(paramsAt(axes, [0.1])).toEqual({ rate: 0.001, size: 64 })
  })
})

describe('points of spaces with conditions, zips and constraints', () => {
  const hasPoints = (space: SearchSpace) => naiveGrid(space).length > 0

  it('lead back to their params, and are settled', () => {
    fc.assert(
      fc.property(smallSpace.filter(hasPoints), fc.nat(), (space, seed) => {
        const axes = axesOf(space)
        for (let i = 0; i < 5; i++) {
          let params: ReturnType<typeof samplePoint>
          try {
            params = samplePoint(space, rngFor(seed, i))
          } catch {
            return
          }
          const point = pointOf(axes, params) as Point
          expect(paramsAt(axes, point)).toEqual(params)
          expect(settled(axes, point)).toEqual(point)
          expect(isAllowed(axes, point)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('are listed each once, as many as there are different params', () => {
    fc.assert(
      fc.property(smallSpace, (space) => {
        const axes = axesOf(space)
        const listed = (allPoints(axes, 10_000) ?? []).map((point) => paramsKey(paramsAt(axes, point)))
        expect(new Set(listed).size).toBe(listed.length)
        expect(listed.length).toBeLessThanOrEqual(mostPoints(axes))
        for (const params of naiveGrid(space).slice(0, 20)) expect(listed).toContain(paramsKey(params))
      }),
      { numRuns: 150 },
    )
  })

  it('have neighbours that differ in one decision and keep to the rules', () => {
    const space: SearchSpace = {
      parameters: {
        kind: { distribution: 'categorical', values: ['tree', 'net'] },
        depth: { distribution: 'int_uniform', min: 1, max: 5 },
        rate: { distribution: 'uniform', min: 0, max: 1 },
      },
      conditions: [{ parameter: 'depth', when: { kind: ['tree'] } }],
      zipped: [],
      constraints: [{ require: { left: 'depth', operator: '<=', right: 4 } }],
    }
    const axes = axesOf(space)
    for (let i = 0; i < 20; i++) {
      const rng = rngFor(i, 'neighbours')
      const point = randomPoint(axes, rng)
      const params = paramsAt(axes, point)
      const found = neighboursOf(axes, point, { rng, size: 0.1, count: 3 })
      expect(found.length).toBeGreaterThan(2)
      expect(new Set(found.map(pointKey)).size).toBe(found.length)
      for (const next of found) {
        expect(isAllowed(axes, next)).toBe(true)
        const other = paramsAt(axes, next)
        const changed = ['kind', 'depth', 'rate'].filter((name) => other[name] !== params[name])
        expect(changed.includes('kind') || changed.length === 1).toBe(true)
        expect('depth' in other).toBe((other.kind as ParamValue) === 'tree')
      }
    }
  })
})

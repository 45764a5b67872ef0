import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { importanceOf } from '../../src/statistics/importance.ts'

type Row = readonly (number | undefined)[]

function measured(n: number, draw: (i: number) => Row, f: (row: Row) => number) {
  const rows = Array.from({ length: n }, (_, i) => draw(i))
  return { rows, values: rows.map(f) }
}

describe('importance', () => {
  const rng = rngFor(1, 'data')
  const uniform = () => [rng.uniform(), rng.uniform(), rng.uniform()]
  const axes = [{}, {}, {}]

  it('gives an additive function its shares of variance, and its pairs nothing', () => {
    const data = measured(300, uniform, ([a, b]) => (a as number) + 2 * (b as number))
    const { single, pairs, chance } = importanceOf({ axes, ...data }, rngFor(1, 'forest')) ?? expect.fail()
    // The variance of c * u is c^2 / 12: one fifth and four fifths.
    expect(single[0]?.estimate).toBeCloseTo(0.2, 1)
    expect(single[1]?.estimate).toBeCloseTo(0.8, 1)
    expect(single[2]?.estimate).toBeLessThan(0.02)
    expect(single[2]?.estimate).toBeLessThan(chance + 0.01)
    for (const { share } of pairs) expect(share.estimate).toBeLessThan(0.05)
  })

  it('comes near the closed form of a product, and names the pair of an interaction', () => {
    const product = measured(300, uniform, ([a, b]) => (a as number) * (b as number))
    const made = importanceOf({ axes, ...product }, rngFor(1, 'forest'))
    expect(made?.single[0]?.estimate).toBeGreaterThan(3 / 7 - 0.12)
    expect(made?.single[1]?.estimate).toBeLessThan(3 / 7 + 0.12)
    expect(made?.pairs[0]?.axes.toSorted()).toEqual([0, 1])
    expect(made?.pairs[0]?.share.estimate).toBeGreaterThan(0.05)
    expect(made?.pairs[0]?.share.estimate).toBeLessThan(0.25)
    const draw = () => [rng.below(2), rng.below(2), rng.uniform()]
    const equal = measured(200, draw, ([a, b]) => (a === b ? 1 : 0))
    const pair = importanceOf({ axes: [{ choices: 2 }, { choices: 2 }, {}], ...equal }, rngFor(1, 'forest'))?.pairs[0]
    expect(pair?.axes.toSorted()).toEqual([0, 1])
    // The truth is 1; trees that look one split ahead find a part of it.
    expect(pair?.share.estimate).toBeGreaterThan(0.2)
  })

  it('knows unordered choices and axes that rows lack', () => {
    const draw = (i: number): Row => [i % 4, i % 4 === 2 ? rng.uniform() : undefined, rng.uniform()]
    const data = measured(240, draw, ([a, b]) => (a === 2 ? 1 + (b as number) : 0))
    const made = importanceOf({ axes: [{ choices: 4 }, {}, {}], ...data }, rngFor(1, 'forest'))
    expect(made?.single[0]?.estimate).toBeGreaterThan(0.7)
    expect(made?.single[2]?.estimate).toBeLessThan(0.05)
    const [low, high] = made?.along(1, [2, 0.5, 0.5], [0.1, 0.9]) ?? []
    expect(high?.estimate).toBeGreaterThan((low?.estimate ?? 0) + 0.4)
    const [other, third] = made?.along(0, [2, 0.5, 0.5], [1, 2]) ?? []
    expect(third?.estimate).toBeGreaterThan((other?.estimate ?? 0) + 0.8)
  })

  it('says nothing of few rows, and the same of the same rows', () => {
    const data = measured(60, uniform, ([a]) => a as number)
    const some = { rows: data.rows.slice(0, 19), values: data.values.slice(0, 19) }
    expect(importanceOf({ axes, ...some }, rngFor(1, 'forest'))).toBeUndefined()
    const [once, again] = [1, 1].map((seed) => importanceOf({ axes, ...data }, rngFor(seed, 'forest'))?.single)
    expect(once).toEqual(again)
  })
})

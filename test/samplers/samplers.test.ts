import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { aHistory } from '../contracts/a-history.ts'
import { samplerContract } from '../contracts/sampler.ts'

/** Samplers that walk all points can only do so where there is an end. */
const FINITE_ONLY = new Set(['grid'])

/** Samplers that fit a model of all 18 parameters each time. */
const SLOW = new Set(['auto', 'gp'])

for (const [name, entry] of Object.entries(samplers))
  samplerContract(name, entry, { finiteOnly: FINITE_ONLY.has(name), slow: SLOW.has(name) })

const history = aHistory()
const rng = rngFor(1, 'unused')

describe('the sampler grid', () => {
  const sampler = samplers.grid.create({})

  it('proposes every point once, goes on from its cursor and then has no more', () => {
    const space: SearchSpace = {
      parameters: {
        b: { distribution: 'categorical', values: [1, 2] },
        a: { distribution: 'categorical', values: ['x', 'y'] },
      },
      conditions: [],
      zipped: [],
      constraints: [],
    }
    const seen: unknown[] = []
    let cursor: number | undefined
    for (let configuration = 0; ; configuration++) {
      const suggestion = sampler.suggest({ space, configuration, cursor, history, rng, sweepSeed: 1 })
      if (suggestion === undefined) break
      seen.push(suggestion.params)
      cursor = suggestion.cursor
    }
    expect(seen).toEqual([
      { a: 'x', b: 1 },
      { a: 'x', b: 2 },
      { a: 'y', b: 1 },
      { a: 'y', b: 2 },
    ])
    expect(sampler.total(space)).toBe(4)
  })

  it('answers at once in the middle of 10^15 points', () => {
    const wide = { distribution: 'int_uniform', min: 1, max: 100_000 } as const
    const space = { parameters: { a: wide, b: wide, c: wide }, conditions: [], zipped: [], constraints: [] }
    expect(sampler.total(space)).toBe(1e15)
    const found = sampler.suggest({ space, configuration: 0, cursor: 5e14, history, rng, sweepSeed: 1 })
    expect(found).toEqual({ params: { a: 50_001, b: 1, c: 1 }, cursor: 5e14 + 1 })
  })
})

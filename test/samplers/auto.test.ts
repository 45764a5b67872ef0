import { describe, expect, it } from 'vitest'
import { auto, chooseSampler } from '../../src/samplers/auto.ts'
import type { Domain } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'

const plain = (parameters: Readonly<Record<string, Domain>>): SearchSpace => ({
  parameters,
  conditions: [],
  zipped: [],
  constraints: [],
})

const rate: Domain = { distribution: 'log_uniform_values', min: 1e-5, max: 0.1 }
const width: Domain = { distribution: 'categorical', values: [16, 32, 64] }
const numbers = plain({ a: rate, b: rate })
const budget = (trials: number, parallel = 1) => ({ trials, parallel, seeds: 3 })
const nameFor = (space: SearchSpace, ...given: Parameters<typeof budget>) => chooseSampler(space, budget(...given)).name

describe('the sampler auto', () => {
  it('walks the grid where the budget covers it, and not otherwise', () => {
    expect(nameFor(plain({ width }), 3)).toBe('grid')
    expect(nameFor(plain({ width, rate }), 3)).not.toBe('grid')
    expect(chooseSampler(plain({ width }), undefined).name).not.toBe('grid')
  })

  it('spreads evenly where there is nothing to learn from', () => {
    expect(nameFor(numbers, 8)).toBe('sobol')
    expect(nameFor(numbers, 100, 64)).toBe('sobol')
  })

  it('takes a Gaussian process for few trials, CMA-ES for many of numbers, TPE for many of all kinds', () => {
    expect(nameFor(numbers, 100)).toBe('gp')
    expect(nameFor(numbers, 2000)).toBe('cma-es')
    expect(nameFor(plain({ width, rate }), 2000)).toBe('tpe')
  })

  it('goes on with a quicker one when a sweep without a number of trials gets long', () => {
    const open = { parallel: 1, seeds: 3 }
    const space = plain({ width, rate })
    expect(chooseSampler(space, open, 0).name).toBe('gp')
    expect(chooseSampler(space, open, 300).name).toBe('gp')
    expect(chooseSampler(space, open, 301).name).toBe('tpe')
    expect(chooseSampler(space, budget(100), 301).name).toBe('gp')
  })

  it('takes TPE where parameters are conditional', () => {
    const space = { ...plain({ width, rate }), conditions: [{ parameter: 'rate', when: { width: [16] } }] }
    expect(nameFor(space, 100)).toBe('tpe')
  })

  it('says what it takes and why', () => {
    expect(auto.create({}).explain?.(numbers, budget(100))).toMatch(
      /^auto takes gp, because 100 trials and 2 parameters/,
    )
  })
})

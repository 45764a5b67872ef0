import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { settledReason } from '../../src/trial/settled.ts'
import { sweepOf } from './a-sweep.ts'

function sweepWith(values: readonly number[], expectedImprovement?: number) {
  const sweep = sweepOf(values.map((value) => [value]))
  return {
    ...sweep,
    spec: { ...sweep.spec, ...(expectedImprovement === undefined ? {} : { stop: { expectedImprovement } }) },
  }
}

describe('the stop rule', () => {
  const rng = rngFor(1, 'values')
  const flat = Array.from({ length: 60 }, () => 0.9 - 0.01 * rng.uniform())
  const rising = Array.from({ length: 60 }, (_, i) => 0.2 + 0.01 * i + 0.1 * rng.normal())

  it('ends proposals where nothing more is to be expected, and says so', () => {
    expect(settledReason(sweepWith(flat, 0.002))).toMatch(/^Nothing more is proposed: the next 10 .* less than 0.002/)
    expect(settledReason(sweepWith(rising, 0.002))).toBeUndefined()
  })

  it('says nothing without a rule, with few configurations, or when all failed', () => {
    expect(settledReason(sweepWith(flat))).toBeUndefined()
    expect(settledReason(sweepWith(flat.slice(0, 19), 0.002))).toBeUndefined()
    const sweep = sweepWith(flat, 0.002)
    const trials = sweep.trials.map(({ value: _, ...trial }) => ({ ...trial, state: 'failed' as const }))
    expect(settledReason({ ...sweep, trials })).toBeUndefined()
  })
})

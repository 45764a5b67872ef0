import { describe, expect, it } from 'vitest'
import { resultOf } from '../../src/app/result.ts'
import { aSnapshot, type TrialSketch } from '../commands/a-sweep.ts'

const completed = (value: number, metrics = {}): TrialSketch => ({ state: 'completed', value, metrics })

describe('the result of a sweep', () => {
  it('calls a lead that seeds explain a tie, and says how many share it', () => {
    const { verdict } = resultOf(aSnapshot([0.7, 0.72, 0.71, 0.705].map((value) => completed(value))))
    expect(verdict).toMatch(/^The lead over the next is within seed noise \(\+0\.0025 over 2 seeds, p = /)
    expect(verdict).toContain('One configuration cannot be told from the winner.')
  })

  it('calls a lead that holds for every seed more than noise', () => {
    const { verdict } = resultOf(aSnapshot([0.9, 0.9, 0.7, 0.7001].map((value) => completed(value))))
    expect(verdict).toMatch(/^The winner is ahead of the next by more than seed noise/)
  })

  it('says that seeds are missing where one below the winner has the better mean', () => {
    const sketches = [completed(0.7), completed(0.72), completed(0.715), { state: 'running' }] as const
    expect(resultOf(aSnapshot(sketches)).verdict).toMatch(/^Configuration #1 has the better mean, but seeds of it/)
  })

  it('judges nothing by one common seed, or one configuration, or NaN', () => {
    expect(resultOf(aSnapshot([completed(0.9), { state: 'running' }, completed(0.7)])).verdict).toContain('to come')
    expect(resultOf(aSnapshot([completed(0.9), completed(0.8)])).verdict).toContain('nothing to compare')
    expect(resultOf(aSnapshot([completed(Number.NaN), completed(1)])).verdict).toContain('no winner')
    expect(resultOf(aSnapshot([{ state: 'failed' }])).verdict).toBeUndefined()
  })

  it('shows the test figure of the winner only, as the mean of its seeds', () => {
    const { test } = resultOf(
      aSnapshot([
        completed(0.9, { 'test/macro_f1': 0.5 }),
        completed(0.9, { 'test/macro_f1': 0.6 }),
        completed(0.7, { 'test/macro_f1': 0.99 }),
        completed(0.7),
      ]),
    )
    expect(test).toEqual({ metric: 'test/macro_f1', mean: 0.55, seeds: 2 })
  })
})

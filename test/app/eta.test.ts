import { describe, expect, it } from 'vitest'
import { durationOf, remainingTime } from '../../src/app/eta.ts'
import { aSnapshot, STARTED, type TrialSketch } from '../commands/a-sweep.ts'

const took = (tookMs: number): TrialSketch => ({ state: 'completed', value: 1, tookMs })
const options = { now: STARTED, total: 12, parallel: 2 }

describe('the time that is left', () => {
  it('is not guessed before two trials have run, nor without a known end', () => {
    expect(remainingTime(aSnapshot([took(1000)]), options)).toBeUndefined()
    expect(remainingTime(aSnapshot([took(1000), took(1000)]), { ...options, total: undefined })).toBeUndefined()
  })

  it('of trials that all take the same has no range', () => {
    const left = remainingTime(aSnapshot([took(1000), took(1000)]), options)
    expect(left).toEqual({ low: 5000, middle: 5000, high: 5000 })
  })

  it('has a range that grows with the differences between trials', () => {
    const left = remainingTime(aSnapshot([took(500), took(1500)]), options)
    expect(left?.middle).toBe(5000)
    expect(left?.low).toBeLessThan(4000)
    expect(left?.high).toBeGreaterThan(6000)
  })

  it('counts what running trials have behind them', () => {
    const running: TrialSketch = { state: 'running', progress: 0.5 }
    const left = remainingTime(aSnapshot([took(1000), took(1000), running, running]), options)
    expect(left?.middle).toBe(4500)
  })

  it('ignores answers that cost nothing', () => {
    const reused: TrialSketch = { ...took(1), reusedFrom: 'gamma-grid.0/1' }
    const left = remainingTime(aSnapshot([took(1000), took(1000), reused, reused]), options)
    expect(left?.middle).toBe(4000)
    expect(aSnapshot([reused]).trials.map(durationOf)).toEqual([undefined])
  })
})

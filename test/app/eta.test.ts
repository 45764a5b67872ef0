import { describe, expect, it } from 'vitest'
import { durationOf, remainingTime } from '../../src/app/eta.ts'
import type { SweepControl } from '../../src/trial/control.ts'
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

  it('is at most what the budget and the night leave', () => {
    const snapshot = aSnapshot([took(900), took(1100)])
    const left = (control: SweepControl, wallMs?: number) => {
      const budget = wallMs === undefined ? {} : { budget: { wallMs } }
      return remainingTime({ ...snapshot, spec: { ...snapshot.spec, ...budget }, control }, options)
    }
    expect(left({}, 5500)?.high).toBe(5500)
    expect(left({ ranMs: 8000 }, 9000)).toEqual({ low: 1000, middle: 1000, high: 1000 })
    expect(left({ ranMs: 8000, budget: { wallMs: 10_000 } }, 9000)?.high).toBe(2000)
    expect(left({ until: STARTED + 300 })).toEqual({ low: 300, middle: 300, high: 300 })
    expect(left({ until: STARTED - 300 })).toEqual({ low: 0, middle: 0, high: 0 })
  })

  it('ignores answers that cost nothing', () => {
    const reused: TrialSketch = { ...took(1), reusedFrom: 'gamma-grid.0/1' }
    const left = remainingTime(aSnapshot([took(1000), took(1000), reused, reused]), options)
    expect(left?.middle).toBe(4000)
    expect(aSnapshot([reused]).trials.map(durationOf)).toEqual([undefined])
  })
})

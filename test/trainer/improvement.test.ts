import { describe, expect, it } from 'vitest'
import { epochsWithoutImprovement, gain, isMinimized, plateaus } from '../../src/trainer/training/improvement.ts'

const curveOf = (metric: string, ...values: number[]) => values.map((value, i) => ({ epoch: i + 1, [metric]: value }))

describe('improvement', () => {
  it('means less of a loss and more of everything else', () => {
    expect(['val/loss', 'train/loss', 'val/macro_f1', 'val/f1.venue.loss'].map(isMinimized)).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(gain('val/loss', 0.4, 0.5)).toBeCloseTo(0.1, 12)
    expect(gain('val/macro_f1', 0.4, 0.5)).toBeCloseTo(-0.1, 12)
  })

  it('is counted since the metric was last better', () => {
    const settings = { monitor: 'val/macro_f1', minDelta: 0 }
    const since = (...values: number[]) => epochsWithoutImprovement(curveOf('val/macro_f1', ...values), settings)
    expect([since(), since(0.5), since(0.5, 0.5), since(0.5, 0.4, 0.51), since(0.5, 0.6, 0.5, 0.6)]).toEqual([
      0, 0, 1, 0, 2,
    ])
  })

  it('must be larger than min_delta, and creeping improvements add up', () => {
    const settings = { monitor: 'val/loss', minDelta: 0.1 }
    const since = (...values: number[]) => epochsWithoutImprovement(curveOf('val/loss', ...values), settings)
    expect(since(1, 0.95)).toBe(1)
    expect(since(1, 0.95, 0.89)).toBe(0)
    expect(since(1, 0.95, 0.89, 0.8)).toBe(1)
  })
})

describe('plateaus', () => {
  const settings = { monitor: 'val/loss', minDelta: 0, plateauPatience: 1 }
  const reductionsIn = (...values: number[]) => plateaus(curveOf('val/loss', ...values), settings)

  it('reduce when more epochs than patience did not improve, and count anew', () => {
    expect([
      reductionsIn(),
      reductionsIn(1),
      reductionsIn(1, 1),
      reductionsIn(1, 1, 1),
      reductionsIn(1, 1, 1, 1),
      reductionsIn(1, 1, 1, 1, 1),
    ]).toEqual([0, 0, 0, 1, 1, 2])
  })

  it('are interrupted by an improvement', () => {
    expect(reductionsIn(1, 1, 0.9, 0.9, 0.8, 0.8)).toBe(0)
  })

  it('come every epoch without improvement when patience is 0', () => {
    expect(plateaus(curveOf('val/loss', 1, 1, 1), { ...settings, plateauPatience: 0 })).toBe(2)
  })
})

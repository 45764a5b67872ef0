import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { type Belief, hierarchicalMeans } from '../../src/statistics/hierarchical-means.ts'
import { expectedGain, worthOfMeasuring } from '../../src/statistics/knowledge-gradient.ts'

const rng = () => rngFor(7, 'hierarchical means')

describe('beliefs of noisy means', () => {
  it('pull a row with one value further to the crowd than one with many, and keep the order of equals', () => {
    const cells = [3, 2, 1, 0, -1].flatMap((value, row) =>
      Array.from({ length: row === 0 ? 1 : 5 }, (_, column) => ({
        row,
        column,
        value: (row === 0 ? 2.5 : value) + ([0.9, -0.8, 0.5, -0.6, 0][column] as number) * (row % 2 === 0 ? 1 : -1),
      })),
    )
    const { beliefs } = hierarchicalMeans(cells)
    const [lucky, second] = beliefs as [Belief, Belief]
    expect(lucky.observed).toBeGreaterThan(second.observed)
    expect(lucky.observed - lucky.mean).toBeGreaterThan(second.observed - second.mean)
    const complete = beliefs.slice(1).map(({ mean }) => mean)
    expect(complete).toEqual([...complete].sort((a, b) => b - a))
  })

  it('take out what a column adds to all rows alike', () => {
    const random = rng()
    const cells = Array.from({ length: 20 }, (_, row) =>
      Array.from({ length: row < 10 ? 4 : 1 }, (_, column) => ({
        row,
        column,
        value: row / 10 + (column === 0 ? 5 : 0) + 0.01 * random.normal(),
      })),
    ).flat()
    const { beliefs, noise } = hierarchicalMeans(cells)
    const at = (row: number) => beliefs[row]?.observed as number
    // Without that, the second ten would stand 5 too high: they have the high column alone.
    expect(at(19) - at(9)).toBeCloseTo(1, 1)
    expect(Math.sqrt(noise.variance)).toBeLessThan(0.2)
  })

  it('cover the true means as often as they say', () => {
    const random = rng()
    let inside = 0
    const rows = 2000
    const truth = Array.from({ length: rows }, () => random.normal())
    const cells = truth.flatMap((mean, row) =>
      Array.from({ length: 1 + (row % 3) }, (_, column) => ({ row, column, value: mean + random.normal() })),
    )
    for (const { row, mean, variance } of hierarchicalMeans(cells).beliefs) {
      if (Math.abs(mean - (truth[row] as number)) < 1.645 * Math.sqrt(variance)) inside++
    }
    expect(inside / rows).toBeGreaterThan(0.87)
    expect(inside / rows).toBeLessThan(0.93)
  })

  it('cope with nothing, with one value and with equal values', () => {
    expect(hierarchicalMeans([]).beliefs).toEqual([])
    expect(hierarchicalMeans([{ row: 4, column: 1, value: 2 }]).beliefs).toMatchObject([{ row: 4, n: 1, mean: 2 }])
    const equal = [0, 1, 2].flatMap((row) => [0, 1].map((column) => ({ row, column, value: 3 })))
    expect(hierarchicalMeans(equal).beliefs.map(({ mean }) => mean)).toEqual([3, 3, 3])
  })
})

describe('the worth of a measurement', () => {
  it('is the closed form of the normal loss', () => {
    expect(expectedGain(0, 1)).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 6)
    expect(expectedGain(-1, 1)).toBeCloseTo(0.08331547, 6)
    expect(expectedGain(2, 0)).toBe(2)
    expect(expectedGain(-8, 1)).toBeGreaterThan(0)
    expect(expectedGain(-5.001, 1) / expectedGain(-4.999, 1)).toBeCloseTo(1, 1)
  })

  it('is nothing for what is known, less for what is far behind, and may need several measurements', () => {
    expect(worthOfMeasuring({ mean: 1, variance: 0, left: 3 }, 1, 1).rate).toBe(0)
    const near = worthOfMeasuring({ mean: 0.9, variance: 1, left: 5 }, 1, 1).rate
    expect(near).toBeGreaterThan(worthOfMeasuring({ mean: -1, variance: 1, left: 5 }, 1, 1).rate)
    expect(worthOfMeasuring({ mean: 0, variance: 0.1, left: 9 }, 1, 10).measurements).toBeGreaterThan(1)
    expect(worthOfMeasuring({ mean: 0, variance: 1, left: 0 }, 1, 1)).toEqual({ rate: 0, measurements: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { judgeWinner, shrunkenMeans } from '../../src/statistics/winner.ts'

const rng = () => rngFor(7, 'winner')

describe('judgeWinner', () => {
  it('finds the expected maximum of two and three equal means (closed form)', () => {
    const equal = (k: number) => ({ means: Array(k).fill(0.5), standardErrors: Array(k).fill(2) })
    expect(judgeWinner(equal(2), rng()).optimism).toBeCloseTo(2 / Math.sqrt(Math.PI), 1)
    expect(judgeWinner(equal(3), rng()).optimism).toBeCloseTo((2 * 3) / (2 * Math.sqrt(Math.PI)), 1)
    expect(judgeWinner(equal(4), rng()).probabilityBest).toBe(1 / 4)
  })

  it('sees no luck and no doubt where means are far apart', () => {
    const { winner, probabilityBest, optimism } = judgeWinner(
      { means: [1, 9, 5], standardErrors: [0.01, 0.01, 0.01] },
      rng(),
    )
    expect([winner, probabilityBest]).toEqual([1, 1])
    expect(optimism).toBeCloseTo(0, 3)
  })

  it('has nothing to doubt with one configuration', () => {
    expect(judgeWinner({ means: [3], standardErrors: [1] }, rng())).toEqual({
      winner: 0,
      probabilityBest: 1,
      optimism: 0,
    })
  })

  it('is right on average in simulated sweeps: stated chance and luck are what happens', () => {
    const world = rngFor(8, 'worlds')
    let stated = 0
    let happened = 0
    let luckStated = 0
    let luckHappened = 0
    const worlds = 300
    for (let i = 0; i < worlds; i++) {
      const truth = Array.from({ length: 12 }, () => world.normal())
      const means = truth.map((mean) => mean + 0.7 * world.normal())
      const judged = judgeWinner({ means, standardErrors: means.map(() => 0.7) }, world, 100)
      stated += judged.probabilityBest
      luckStated += judged.optimism
      if (truth[judged.winner] === Math.max(...truth)) happened++
      luckHappened += (means[judged.winner] as number) - (truth[judged.winner] as number)
    }
    expect(Math.abs(stated - happened) / worlds).toBeLessThan(0.09)
    expect(Math.abs(luckStated - luckHappened) / worlds).toBeLessThan(0.1)
  })
})

describe('shrunkenMeans', () => {
  it('pulls noisy means to the middle by the share of noise in their spread', () => {
    const { means } = shrunkenMeans({ means: [-2, 0, 2], standardErrors: [1, 1, 1] })
    expect(means).toEqual([-1.5, 0, 1.5])
  })

  it('makes them one where they differ no more than noise', () => {
    const { means, sds } = shrunkenMeans({ means: [0.4, 0.6], standardErrors: [1, 1] })
    expect(means).toEqual([0.5, 0.5])
    expect(sds).toEqual([0, 0])
  })
})

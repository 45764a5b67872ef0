import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { LEVEL } from '../../src/racing/eliminate.ts'
import { seedRace } from '../../src/racing/seed-race.ts'
import { play, playWhole } from '../contracts/race.ts'

const race = seedRace.create({})
const seeds = [1, 2, 3, 4, 5]

/** Configurations a spread of 1 apart, seeds that move all alike, and noise of its own for each trial. */
function values(name: number, parts: { readonly noise: number; readonly spread: number }) {
  return (_trial: number, configuration: number, seed: number): number =>
    parts.spread * rngFor(name, 'configuration', configuration).normal() +
    rngFor(name, 'seed', seed).normal() +
    parts.noise * rngFor(name, 'noise', configuration, seed).normal()
}

const budget = { trials: 60, parallel: 1, seeds: 5 }
const furtherSeeds = (noise: number) =>
  [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, name) => {
    const trials = play(race, {
      seeds,
      configurations: 1000,
      valueFor: values(name, { noise, spread: 1 }),
      most: 60,
      budgetAfter: () => budget,
    })
    return sum + trials.length - new Set(trials.map(({ configuration }) => configuration)).size
  }, 0) / 8

describe('the race seed-race', () => {
  it('spends the more on further seeds the noisier they are, and next to nothing without noise', () => {
    const [none, some, much] = [furtherSeeds(0), furtherSeeds(0.3), furtherSeeds(1)]
    expect(none).toBeLessThan(8)
    expect(some).toBeGreaterThan(none)
    expect(much).toBeGreaterThan(some)
    expect(much).toBeLessThanOrEqual(60 / 2)
  })

  it('gives further seeds in the same order to all, so that they can be compared', () => {
    const trials = play(race, { seeds, configurations: 12, valueFor: values(1, { noise: 1, spread: 1 }) })
    const had = new Map<number, number[]>()
    for (const { configuration, seed } of trials) had.set(configuration, [...(had.get(configuration) ?? []), seed])
    for (const list of had.values()) expect(list).toEqual(seeds.slice(0, list.length))
  })

  it('stops before all seeds are used up once further ones would not change the decision', () => {
    const trials = play(race, { seeds, configurations: 10, valueFor: values(2, { noise: 0.05, spread: 1 }) })
    expect(trials.length).toBeLessThan(20)
  })

  it('eliminates what is far behind and says why', () => {
    const valueFor = (trial: number, configuration: number) =>
      (configuration < 4 ? 0 : -20) + 0.5 * rngFor(3, trial).normal()
    const { eliminated } = playWhole(race, { seeds, configurations: 8, valueFor })
    expect([...eliminated.keys()].sort()).toEqual([4, 5, 6, 7])
    expect([...eliminated.values()][0]).toMatch(/^Behind configuration \d by .* over 1 common seed \(p = /)
  })

  it('eliminates the best of equals less often than its level says, however often it looks', () => {
    const games = 400
    let wrong = 0
    for (let name = 0; name < games; name++) {
      const { eliminated } = playWhole(race, {
        seeds,
        configurations: 8,
        valueFor: values(name, { noise: 1, spread: 0 }),
      })
      // Any of them is as good as the best; the first one stands for it.
      if (eliminated.has(0)) wrong++
    }
    expect(wrong / games).toBeLessThan(LEVEL)
  })
})

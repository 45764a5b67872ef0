import { describe, expect, it } from 'vitest'
import { races } from '../../src/racing/index.ts'
import { play, raceContract } from '../contracts/race.ts'

for (const [name, entry] of Object.entries(races)) raceContract(name, entry)

describe('the race all-seeds', () => {
  it('gives every configuration every seed before the next one is proposed', () => {
    const trials = play(races['all-seeds'].create({}), { seeds: [5, 6], configurations: 3, valueFor: () => 1 })
    expect(trials.map(({ configuration, seed }) => [configuration, seed])).toEqual([
      [0, 5],
      [0, 6],
      [1, 5],
      [1, 6],
      [2, 5],
      [2, 6],
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { verdictOn } from '../../src/orchestrator/decide.ts'
import { threshold } from '../../src/pruners/threshold.ts'
import { allSeeds } from '../../src/racing/all-seeds.ts'
import { seedRace } from '../../src/racing/seed-race.ts'
import { grid } from '../../src/samplers/grid.ts'
import { aHistory, aTrial } from '../contracts/a-history.ts'
import { spec } from '../fixtures/a-spec.ts'

describe('the verdict on a running trial', () => {
  const bad = [[1, -9]] as const
  const trials = [
    aTrial({ number: 0, configuration: 0, seed: 1, value: 0.9 }),
    aTrial({ number: 1, configuration: 0, seed: 2, state: 'running', curve: bad }),
    aTrial({ number: 2, configuration: 1, seed: 1, state: 'running', curve: bad }),
  ]
  const { configurations } = aHistory(trials)
  const verdict = (race: ReturnType<typeof seedRace.create>, trial: number) => {
    const state = {
      id: 'gamma.1',
      state: 'running',
      startedAt: 0,
      exhausted: false,
      notes: [],
      provenance: {},
    } as const
    const journal = { snapshot: { ...state, spec, configurations, trials } }
    const pruner = threshold.create({ lower: 0 })
    return verdictOn({ spec, race, pruner, sampler: grid.create({}), journal }, trial).action
  }

  it('stops a bad first seed, but no further one of a race: its lucky ones would stand alone', () => {
    expect(verdict(seedRace.create({}), 2)).toBe('stop')
    expect(verdict(seedRace.create({}), 1)).toBe('continue')
  })

  it('stops every bad seed where all configurations get all of them', () => {
    expect(verdict(allSeeds.create({}), 2)).toBe('stop')
    expect(verdict(allSeeds.create({}), 1)).toBe('stop')
  })
})

import { describe, expect, it } from 'vitest'
import { nextTrial, verdictOn } from '../../src/orchestrator/decide.ts'
import { threshold } from '../../src/pruners/threshold.ts'
import { allSeeds } from '../../src/racing/all-seeds.ts'
import { seedRace } from '../../src/racing/seed-race.ts'
import { grid } from '../../src/samplers/grid.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
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

describe('the race of a sweep with limits', () => {
  it('gives further seeds to the best that keeps to them, and none to what is over', () => {
    const trials = [
      [0, 1, 0.53],
      [1, 1, 0.52],
      [1, 2, 0.46],
      [1, 3, 0.5],
      [2, 1, 0.49],
      [2, 2, 0.5],
      [2, 3, 0.44],
      [3, 1, 0.52],
    ].map(([configuration, seed, value], number) => {
      const at = { number, configuration: configuration as number, seed: seed as number }
      return aTrial({ ...at, value: value as number, metrics: { latency: configuration === 0 ? 80 : 20 } })
    })
    const { configurations } = aHistory(trials)
    const chosen = (limits: SweepSpec['limits']) => {
      const state = {
        id: 'gamma.1',
        state: 'running',
        startedAt: 0,
        exhausted: true,
        notes: [],
        provenance: {},
      } as const
      const limited = { ...spec, seeds: [1, 2, 3], ...(limits && { limits }) }
      const journal = { snapshot: { ...state, spec: limited, configurations, trials } }
      const next = nextTrial({ spec: limited, race: seedRace.create({}), sampler: grid.create({}), journal })
      return next.kind === 'seed' ? next.configuration : next.kind
    }
    expect(chosen(undefined)).toBe(0)
    expect(chosen([{ name: 'latency', max: 50 }])).toBe(3)
  })
})

import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { feasibilityOf } from '../../src/samplers/feasibility.ts'
import { gp } from '../../src/samplers/gp.ts'
import type { Sampler } from '../../src/samplers/sampler.ts'
import { tpe } from '../../src/samplers/tpe.ts'
import { axesOf, pointOf } from '../../src/space/axes.ts'
import type { Params } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { historyOf } from '../../src/trial/history.ts'
import type { Configuration, Trial } from '../../src/trial/trial.ts'

const space: SearchSpace = {
  parameters: {
    x: { distribution: 'uniform', min: 0, max: 1 },
    y: { distribution: 'uniform', min: 0, max: 1 },
    k: { distribution: 'categorical', values: ['a', 'b'] },
  },
  conditions: [],
  zipped: [],
  constraints: [],
}

interface Search {
  readonly sampler: Sampler
  readonly fails: (params: Params, number: number) => boolean
  readonly seed: number
  readonly evaluations?: number
}

/** The larger x and y, the better. */
function search({ sampler, fails, seed, evaluations = 50 }: Search) {
  const configurations: Configuration[] = []
  const trials: Trial[] = []
  const history = historyOf({ spec: { metric: { name: 'gain', goal: 'maximize' } } as never, configurations, trials })
  for (let number = 0; number < evaluations; number++) {
    const asked = { space, configuration: number, cursor: undefined, history, sweepSeed: seed }
    const params = sampler.suggest({ ...asked, rng: rngFor(seed, number) })?.params as Params
    const base = { number, configuration: number, seed: 1, attempts: [], curve: [], metrics: {} }
    const outcome = fails(params, number)
      ? ({ state: 'failed' } as const)
      : ({ state: 'completed', value: (params.x as number) + (params.y as number) } as const)
    configurations.push({ number, params })
    trials.push({ ...base, ...outcome })
  }
  return { history, trials, configurations }
}

const SEEDS = [1, 2, 3, 4, 5, 6]
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const failures = (trials: readonly Trial[]) => trials.filter(({ state }) => state === 'failed').length
const best = (trials: readonly Trial[]) => Math.max(...trials.map(({ value }) => value ?? 0))

describe.each([
  ['tpe', tpe.create({})],
  ['gp', gp.create({})],
])('%s where trials fail', (_name, sampler) => {
  it('keeps mostly to what does not fail, although all that fails is the best half', () => {
    const games = SEEDS.map((seed) => search({ sampler, fails: ({ x }) => (x as number) > 0.5, seed }))
    expect(mean(games.map(({ trials }) => failures(trials.slice(25)) / 25))).toBeLessThan(0.35)
    expect(mean(games.map(({ trials }) => best(trials)))).toBeGreaterThan(1.3)
  })

  it('does not lose much to failures that happen by chance', () => {
    const seldom = (_: Params, number: number) => rngFor(7, number).uniform() < 0.2
    const [some, none] = [seldom, () => false].map((fails) =>
      mean(SEEDS.map((seed) => best(search({ sampler, fails, seed }).trials))),
    ) as [number, number]
    expect(some).toBeGreaterThan(none - 0.1)
  })
})

describe('feasibility', () => {
  it('is not asked for while nothing has failed', () => {
    const { history } = search({ sampler: tpe.create({}), fails: () => false, seed: 1, evaluations: 5 })
    expect(feasibilityOf(axesOf(space), history)).toBeUndefined()
  })

  it('is lower in a region that fails, and about the same everywhere when chance fails', () => {
    const random = tpe.create({ startup_configurations: 1000 })
    const at = (fails: Search['fails']) => {
      const { history } = search({ sampler: random, fails, seed: 3, evaluations: 60 })
      const feasibility = feasibilityOf(axesOf(space), history)
      return [0.1, 0.9].map((x) =>
        Math.exp(feasibility?.(pointOf(axesOf(space), { x, y: 0.5, k: 'a' }) ?? []) ?? 0),
      ) as [number, number]
    }
    const [safe, failing] = at(({ x }) => (x as number) > 0.5)
    expect(failing).toBeLessThan(0.2 * safe)
    const [left, right] = at((_, number) => number % 3 === 0)
    expect(Math.min(left, right)).toBeGreaterThan(0.6 * Math.max(left, right))
  })
})

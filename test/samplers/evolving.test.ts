import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { Sampler, SuggestRequest } from '../../src/samplers/sampler.ts'
import type { Params } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { type History, historyOf } from '../../src/trial/history.ts'
import type { Configuration, Trial } from '../../src/trial/trial.ts'
import { aTrial } from '../contracts/a-history.ts'
import { spec } from '../fixtures/a-spec.ts'

const mixed: SearchSpace = {
  parameters: {
    kind: { distribution: 'categorical', values: ['worst', 'best', 'middle'] },
    layers: { distribution: 'int_uniform', min: 1, max: 40 },
    rate: { distribution: 'log_uniform_values', min: 1e-6, max: 1 },
    width: { distribution: 'categorical', values: [16, 32, 64, 128, 256, 512] },
    x: { distribution: 'uniform', min: -1, max: 1 },
  },
  conditions: [],
  zipped: [],
  constraints: [],
}

function bowl({ kind, layers, rate, width, x }: Params): number {
  const kinds = { worst: 1, best: 0, middle: 0.3 } as const
  return (
    kinds[kind as keyof typeof kinds] +
    ((Number(layers) - 31) / 40) ** 2 +
    (Math.log10(Number(rate)) + 2) ** 2 / 9 +
    (Math.log2(Number(width)) - 5) ** 2 / 9 +
    (Number(x) - 0.4) ** 2
  )
}

interface Game {
  readonly history: History
  readonly configurations: Configuration[]
  readonly trials: Trial[]
}

function begin(): Game {
  const configurations: Configuration[] = []
  const trials: Trial[] = []
  const history = historyOf({
    spec: { ...spec, metric: { name: 'f1', goal: 'minimize', value: 'last' } },
    configurations,
    trials,
  })
  return { history, configurations, trials }
}

function requestOf({ history }: Game, sweepSeed: number, cursor?: number): SuggestRequest {
  const configuration = history.configurations.length
  return { space: mixed, configuration, cursor, history, rng: rngFor(sweepSeed, 'sampler', configuration), sweepSeed }
}

function best(sampler: Sampler, seed: number, n: number): number {
  const game = begin()
  let cursor: number | undefined
  for (let number = 0; number < n; number++) {
    const suggestion = sampler.suggest(requestOf(game, seed, cursor))
    if (suggestion === undefined) break
    cursor = suggestion.cursor
    game.configurations.push({ number, params: suggestion.params })
    game.trials.push(aTrial({ number, value: bowl(suggestion.params) }))
  }
  return Math.min(...game.trials.map(({ value }) => value ?? 9))
}

const SEEDS = [1, 2, 3, 4, 5]
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[2] as number

describe.each(['cma-es', 'evolutionary'] as const)('the sampler %s', (name) => {
  it('finds the bottom of a bowl of numbers, steps, lists and categories, where random draws do not', () => {
    const found = median(SEEDS.map((seed) => best(samplers[name].create({}), seed, 250)))
    const chance = median(SEEDS.map((seed) => best(samplers.random.create({}), seed, 250)))
    expect(found).toBeLessThan(0.01)
    expect(found).toBeLessThan(chance / 3)
  })

  it('answers as if it had never been asked before, while several run and end out of order', () => {
    const game = begin()
    const sampler = samplers[name].create({})
    const rng = rngFor(4, 'arrivals')
    const running: number[] = []
    while (game.trials.length < 90) {
      while (running.length < 5) {
        const number = game.trials.length
        const suggestion = sampler.suggest(requestOf(game, 2))
        if (number % 6 === 0) {
          const { configurations, trials } = structuredClone({
            configurations: game.configurations,
            trials: game.trials,
          })
          const fresh = begin()
          fresh.configurations.push(...configurations)
          fresh.trials.push(...trials)
          expect(samplers[name].create({}).suggest(requestOf(fresh, 2))).toEqual(suggestion)
        }
        game.configurations.push({ number, params: suggestion?.params ?? {} })
        game.trials.push(aTrial({ number, state: 'running' }))
        running.push(number)
      }
      const [ended] = running.splice(rng.below(running.length), 1) as [number]
      const params = game.configurations[ended]?.params ?? {}
      const end = ended % 9 === 4 ? { state: 'failed' as const } : { value: bowl(params) }
      game.trials[ended] = aTrial({ number: ended, ...end })
    }
  })
})

describe.each(['sobol', 'halton'] as const)('the sampler %s', (name) => {
  it('leaves out what a constraint refuses and goes on behind it', () => {
    const space: SearchSpace = {
      ...mixed,
      constraints: [{ require: { left: 'layers', operator: '<=', right: 10 } }],
    }
    const sampler = samplers[name].create({})
    let cursor: number | undefined
    const cursors: number[] = []
    for (let i = 0; i < 16; i++) {
      const suggestion = sampler.suggest({ ...requestOf(begin(), 1, cursor), space })
      expect(suggestion?.params.layers).toBeLessThanOrEqual(10)
      cursor = suggestion?.cursor as number
      cursors.push(cursor)
    }
    // A quarter of the space is allowed.
    expect(cursors.at(-1)).toBeGreaterThan(48)
    expect(cursors.at(-1)).toBeLessThan(80)
  })
})

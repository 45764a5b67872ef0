import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { hypervolume } from '../../src/statistics/pareto.ts'
import { historyOf } from '../../src/trial/history.ts'
import { rankConfigurations } from '../../src/trial/ranking.ts'
import { scalarised } from '../../src/trial/scalarised.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { sweepOf } from './a-sweep.ts'

const two = [
  { name: 'f1', goal: 'maximize' },
  { name: 'size', goal: 'minimize' },
] as const

function measured(rows: readonly (readonly [f1: number, size: number])[], extra: Partial<SweepSpec>): SweepSnapshot {
  const sweep = sweepOf(rows.map(([value, size]) => [{ state: 'completed', value, metrics: { f1: value, size } }]))
  return { ...sweep, spec: { ...sweep.spec, ...extra } }
}

const order = (sweep: SweepSnapshot) => rankConfigurations(sweep).rows.map(({ configuration }) => configuration.number)

describe('the ranking of several metrics', () => {
  it('goes by Pareto rank, then by the main metric', () => {
    const sweep = measured(
      [
        [0.7, 9],
        [0.9, 10],
        [0.5, 1],
        [0.8, 20],
      ],
      { objectives: two },
    )
    expect(order(sweep)).toEqual([1, 0, 2, 3])
    expect(rankConfigurations(sweep).rows.map(({ paretoRank }) => paretoRank)).toEqual([1, 1, 1, 2])
    expect(rankConfigurations(sweep).rows[3]?.explanation).toContain('Pareto rank 2')
  })

  it('never lets a configuration over a limit win, nor one that was not measured', () => {
    const sweep = measured(
      [
        [0.9, 60],
        [0.7, 40],
      ],
      { limits: [{ name: 'size', max: 50 }] },
    )
    expect(order(sweep)).toEqual([1, 0])
    expect(rankConfigurations(sweep).rows[1]?.overLimits).toEqual(['size 60 is above 50'])
    expect(rankConfigurations(sweep).rows[1]?.explanation).toContain('cannot win')
    const unknown = measured([[0.9, 60]], { limits: [{ name: 'latency', max: 50 }] })
    expect(rankConfigurations(unknown).rows[0]?.overLimits).toEqual(['latency was not measured'])
  })

  it('is untouched by a sweep with one metric and no limit', () => {
    const rows = rankConfigurations(
      measured(
        [
          [0.9, 60],
          [0.7, 40],
        ],
        {},
      ),
    ).rows
    expect(rows.every((row) => !('paretoRank' in row) && !('overLimits' in row))).toBe(true)
  })
})

describe('a scalarised history', () => {
  it('is the history itself where there is nothing to be made into one', () => {
    const history = historyOf(measured([[0.9, 60]], {}))
    expect(scalarised(history, rngFor(1, 'w'))).toBe(history)
  })

  it('keeps dominance, whatever the weights, and does not change what it is given', () => {
    const sweep = measured(
      [
        [0.9, 10],
        [0.8, 20],
        [0.7, 5],
      ],
      { objectives: two },
    )
    const before = JSON.stringify(sweep.trials)
    for (let i = 0; i < 50; i++) {
      const { trials, goal } = scalarised(historyOf(sweep), rngFor(i, 'w'))
      expect(goal).toBe('minimize')
      expect(trials[0]?.value).toBeLessThan(trials[1]?.value as number)
    }
    expect(JSON.stringify(sweep.trials)).toBe(before)
  })

  it('looks for another trade-off with other weights, and for the same with the same', () => {
    const sweep = measured(
      [
        [0.9, 10],
        [0.1, 1],
      ],
      { objectives: two },
    )
    const best = (seed: number) => {
      const [a, b] = scalarised(historyOf(sweep), rngFor(seed, 'w')).trials
      return (a?.value as number) < (b?.value as number) ? 0 : 1
    }
    const found = Array.from({ length: 40 }, (_, seed) => best(seed))
    expect(new Set(found)).toEqual(new Set([0, 1]))
    expect(Array.from({ length: 40 }, (_, seed) => best(seed))).toEqual(found)
  })

  it('puts trials over a limit behind all others, the nearer ones first, in the metric’s own direction', () => {
    const sweep = measured(
      [
        [0.9, 60],
        [0.2, 40],
        [0.95, 90],
      ],
      { limits: [{ name: 'size', max: 50 }] },
    )
    const { trials, goal } = scalarised(historyOf(sweep), rngFor(1, 'w'))
    expect(goal).toBe('maximize')
    const [near, kept, far] = trials.map(({ value }) => value as number) as [number, number, number]
    expect(kept).toBe(0.2)
    expect(near).toBeLessThan(kept)
    expect(far).toBeLessThan(near)
  })

  it('leaves a trial without a value that lacks an objective', () => {
    const sweep = sweepOf([[{ state: 'completed', value: 1, metrics: { f1: 1 } }], [FULL]])
    const history = { ...historyOf(sweep), objectives: two }
    expect(scalarised(history, rngFor(1, 'w')).trials.map(({ value }) => value !== undefined)).toEqual([false, true])
  })
})

const FULL = { state: 'completed', value: 0.5, metrics: { f1: 0.5, size: 3 } } as const

const unit = { distribution: 'uniform', min: 0, max: 1 } as const
const space: SearchSpace = { parameters: { a: unit, b: unit, c: unit }, conditions: [], zipped: [], constraints: [] }

interface Point {
  readonly a: number
  readonly b: number
  readonly c: number
}

/** Plays `n` configurations of one seed as the loop does. */
function play(
  name: string,
  measure: (at: Point) => Record<string, number>,
  rules: { n: number; seed: number } & Partial<SweepSpec>,
) {
  const sampler = samplers[name as keyof typeof samplers].create({})
  const configurations: Configuration[] = []
  const trials: Trial[] = []
  const { spec } = sweepOf([])
  const snapshot = {
    spec: { ...spec, metric: { name: 'y', goal: 'minimize', value: 'last' }, ...rules } as SweepSpec,
    configurations,
    trials,
  }
  let cursor: number | undefined
  for (let number = 0; number < rules.n; number++) {
    const history = scalarised(historyOf(snapshot), rngFor(rules.seed, 'trade-off', number))
    const made = sampler.suggest({
      space,
      configuration: number,
      cursor,
      history,
      sweepSeed: rules.seed,
      rng: rngFor(rules.seed, 'sampler', number),
      budget: { trials: rules.n, spent: number / rules.n, parallel: 1, seeds: 1 },
    })
    if (made === undefined) break
    cursor = made.cursor
    configurations.push({ number, params: made.params })
    const metrics = measure(made.params as unknown as Point)
    trials.push({
      number,
      configuration: number,
      seed: 1,
      state: 'completed',
      attempts: [],
      curve: [],
      metrics,
      value: metrics.y as number,
    })
  }
  return trials
}

const meanOver = (seeds: readonly number[], of: (seed: number) => number) =>
  seeds.reduce((sum, seed) => sum + of(seed), 0) / seeds.length

describe.each(['evolutionary', 'tpe', 'gp'].filter((name) => name in samplers))('%s', (name) => {
  // A model of everything takes its time.
  const [seeds, most] = name === 'gp' ? [[1, 2], 30] : [[1, 2, 3, 4, 5], 50]
  it('covers the front of ZDT1 better than random search', () => {
    const zdt1 = ({ a, b, c }: Point) => {
      const g = 1 + (9 * (b + c)) / 2
      return { y: a, z: g * (1 - Math.sqrt(a / g)) }
    }
    const objectives = [
      { name: 'y', goal: 'minimize' },
      { name: 'z', goal: 'minimize' },
    ] as const
    const covered = (sampler: string) =>
      meanOver(seeds, (seed) => {
        const trials = play(sampler, zdt1, { n: most, seed, objectives })
        return hypervolume(
          trials.map(({ metrics: { y, z } }) => [y as number, z as number]),
          [1.1, 4],
        )
      })
    expect(covered(name)).toBeGreaterThan(covered('random') + 0.1)
  })

  it('comes nearer to the best within a limit than random search', () => {
    // The best without the limit is at (0.9, 0.9); within it at (0.5, 0.5), with 0.32.
    const limited = ({ a, b }: Point) => ({ y: (a - 0.9) ** 2 + (b - 0.9) ** 2, load: a + b })
    const limits = [{ name: 'load', max: 1 }]
    const gap = (sampler: string) =>
      meanOver(seeds, (seed) => {
        const kept = play(sampler, limited, { n: most, seed, limits }).filter(
          ({ metrics }) => (metrics.load as number) <= 1,
        )
        return Math.min(...kept.map(({ value }) => value as number)) - 0.32
      })
    expect(gap(name)).toBeLessThan(gap('random'))
  })
})

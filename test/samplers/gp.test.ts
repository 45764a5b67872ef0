import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { logExpectedImprovement } from '../../src/samplers/expected-improvement.ts'
import { gp } from '../../src/samplers/gp.ts'
import { halfRanked } from '../../src/samplers/half-rank.ts'
import type { SuggestRequest } from '../../src/samplers/sampler.ts'
import type { Params } from '../../src/space/domain.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { historyOf } from '../../src/trial/history.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { Configuration, Trial } from '../../src/trial/trial.ts'
import { aTrial } from '../contracts/a-history.ts'
import { spec } from '../fixtures/a-spec.ts'

const plain = { conditions: [], zipped: [], constraints: [] }
const square: SearchSpace = {
  ...plain,
  parameters: {
    x: { distribution: 'uniform', min: -5, max: 10 },
    y: { distribution: 'uniform', min: 0, max: 15 },
  },
}

interface Past {
  readonly params: Params
  readonly trial: Partial<Trial>
}

function requestFor(space: SearchSpace, past: readonly Past[], goal: Goal = 'minimize'): SuggestRequest {
  const configurations: Configuration[] = past.map(({ params }, number) => ({ number, params }))
  const trials = past.map(({ trial }, number) => aTrial({ number, ...trial }))
  const metric = { name: 'f1', goal, value: 'last' } as const
  const history = historyOf({ spec: { ...spec, metric }, configurations, trials })
  const configuration = past.length
  return { space, configuration, cursor: undefined, history, rng: rngFor(1, 'sampler', configuration), sweepSeed: 1 }
}

function searched(space: SearchSpace, n: number, lossOf: (params: Params) => number): Past[] {
  const sampler = gp.create({})
  const past: Past[] = []
  for (let i = 0; i < n; i++) {
    const suggestion = sampler.suggest(requestFor(space, past))
    if (suggestion === undefined) break
    past.push({ params: suggestion.params, trial: { value: lossOf(suggestion.params) } })
  }
  return past
}

function branin({ x, y }: Params): number {
  const [a, b] = [x as number, y as number]
  return (
    (b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) +
    10
  )
}

describe('the sampler gp', () => {
  it('comes within 0.01 of the minimum of Branin with 30 configurations', () => {
    const best = Math.min(...searched(square, 30, branin).map(({ trial }) => trial.value as number))
    expect(best).toBeLessThan(0.4079)
  })

  it('gives the mirrored problem the same answer', () => {
    const past = searched(square, 12, branin)
    const mirrored = past.map(({ params, trial }) => ({ params, trial: { value: -(trial.value as number) } }))
    expect(gp.create({}).suggest(requestFor(square, mirrored, 'maximize'))).toEqual(
      gp.create({}).suggest(requestFor(square, past)),
    )
  })

  it('goes elsewhere while a trial of its last proposal runs', () => {
    const past = searched(square, 14, branin)
    const first = gp.create({}).suggest(requestFor(square, past))?.params as Params
    const next = gp.create({}).suggest(requestFor(square, [...past, { params: first, trial: { state: 'running' } }]))
    const distance = Math.hypot(
      (next?.params.x as number) - (first.x as number),
      (next?.params.y as number) - (first.y as number),
    )
    expect(distance).toBeGreaterThan(0.01)
  })

  it('takes NaN for the worst that was seen, and survives an infinity', () => {
    const past = searched(square, 12, branin)
    const params = { x: 3.1, y: 2.2 }
    const suggest = (trial: Partial<Trial>) => gp.create({}).suggest(requestFor(square, [...past, { params, trial }]))
    expect(suggest({ value: Number.NaN })).toEqual(suggest({ value: Number.POSITIVE_INFINITY }))
    expect(suggest({ value: Number.NEGATIVE_INFINITY })).toEqual(suggest({ state: 'cancelled' }))
    expect(suggest({ value: Number.NaN })).not.toEqual(suggest({ state: 'cancelled' }))
  })

  it('measures nothing again that differs by less than a trainer could tell', () => {
    const valley: SearchSpace = { ...plain, parameters: { x: { distribution: 'uniform', min: 0, max: 1 } } }
    const seen = searched(valley, 40, ({ x }) => ((x as number) - 0.3) ** 2)
      .map(({ params }) => params.x as number)
      .sort((a, b) => a - b)
    const nearest = Math.min(...seen.slice(1).map((x, i) => x - (seen[i] as number)))
    expect(nearest).toBeGreaterThanOrEqual(1e-6)
  })

  it('proposes each point of a small space once, and then says that it is used up', () => {
    const space: SearchSpace = {
      ...plain,
      parameters: {
        kind: { distribution: 'categorical', values: ['a', 'b'] },
        depth: { distribution: 'int_uniform', min: 1, max: 4 },
      },
      conditions: [{ parameter: 'depth', when: { kind: ['b'] } }],
    }
    const past = searched(space, 20, ({ depth }) => Number(depth ?? 2.5))
    expect(new Set(past.map(({ params }) => paramsKey(params))).size).toBe(5)
    expect(past.length).toBe(5)
  })

  it('keeps to conditions and constraints in a mixed space', () => {
    const space: SearchSpace = {
      parameters: {
        kind: { distribution: 'categorical', values: ['a', 'b', 'c'] },
        rate: { distribution: 'log_uniform_values', min: 1e-5, max: 1 },
        small: { distribution: 'int_uniform', min: 1, max: 200 },
        large: { distribution: 'int_uniform', min: 1, max: 200 },
      },
      conditions: [{ parameter: 'rate', when: { kind: ['b', 'c'] } }],
      zipped: [],
      constraints: [{ require: { left: 'small', operator: '<', right: 'large' } }],
    }
    const past = searched(space, 18, ({ kind, rate, small }) => {
      const miss = Math.log10(Number(rate ?? 1)) + 3
      return (kind === 'b' ? 0 : 2) + miss * miss + Number(small) / 100
    })
    for (const { params } of past) {
      expect('rate' in params).toBe(params.kind !== 'a')
      expect(params.small as number).toBeLessThan(params.large as number)
    }
    expect(Math.min(...past.map(({ trial }) => trial.value as number))).toBeLessThan(0.5)
  })
})

describe('log expected improvement', () => {
  it('is that of the closed form, and goes on where that is 0', () => {
    const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
    expect(logExpectedImprovement(0).value).toBeCloseTo(Math.log(density(0)), 12)
    expect(logExpectedImprovement(-3.0000001).value).toBeCloseTo(logExpectedImprovement(-2.9999999).value, 5)
    expect(Math.exp(logExpectedImprovement(-1).value)).toBeCloseTo(0.0833154705876863, 12)
    expect(logExpectedImprovement(-100).value).toBeCloseTo(-5000 - 0.918938533 - 2 * Math.log(100), 3)
    for (const z of [-30, -3, -0.5, 2]) {
      const slope = (logExpectedImprovement(z + 1e-5).value - logExpectedImprovement(z - 1e-5).value) / 2e-5
      expect(logExpectedImprovement(z).slope).toBeCloseTo(slope, 5)
    }
  })
})

describe('half-rank warping', () => {
  it('keeps the better half and gives a diverged value its rank', () => {
    const values = [1, 2, 3, 4, -1000]
    const warped = halfRanked(values)
    expect(warped.slice(1, 4)).toEqual([2, 3, 4])
    expect(warped[0]).toBeLessThan(2)
    expect(warped[4]).toBeLessThan(warped[0] as number)
    expect(warped[4]).toBeGreaterThan(-1)
  })

  it('gives equal values equal places, also when all are equal', () => {
    expect(halfRanked([5, 5, 5])).toEqual([5, 5, 5])
    const [a, b] = halfRanked([0, 0, 3, 4, 5, 6])
    expect(a).toBe(b)
  })
})

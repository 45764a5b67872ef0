import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { listedPoints } from '../../src/samplers/new-point.ts'
import { tpe } from '../../src/samplers/tpe.ts'
import { goodCount, halvesOf } from '../../src/samplers/tpe-data.ts'
import { deviationsOf, normalMass, truncatedNormal } from '../../src/samplers/tpe-kernels.ts'
import { mixtureOf, weightsOf } from '../../src/samplers/tpe-mixture.ts'
import { axesOf, type Point, paramsAt, pointOf, randomPoint } from '../../src/space/axes.ts'
import type { Params } from '../../src/space/domain.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { historyOf } from '../../src/trial/history.ts'
import type { Configuration, Trial } from '../../src/trial/trial.ts'

const plain = (parameters: SearchSpace['parameters']): SearchSpace => ({
  parameters,
  conditions: [],
  zipped: [],
  constraints: [],
})

const line = plain({ x: { distribution: 'uniform', min: 0, max: 1 } })

type Outcome = Partial<Trial> & { readonly params: Params }

/** One trial each; outcomes with the same params object are seeds of one configuration. */
function historyWith(outcomes: readonly Outcome[], goal: 'minimize' | 'maximize' = 'minimize') {
  const params = [...new Set(outcomes.map((outcome) => outcome.params))]
  const configurations: Configuration[] = params.map((it, number) => ({ number, params: it }))
  const trials = outcomes.map(({ params: own, ...rest }, number): Trial => {
    const base = { attempts: [], curve: [], metrics: {}, state: 'completed' } as const
    return { ...base, number, configuration: params.indexOf(own), seed: number, ...rest }
  })
  return historyOf({ spec: { metric: { name: 'loss', goal } } as never, configurations, trials })
}

describe('kernels', () => {
  it('are normal distributions cut off at the ends: all cells have mass 1 together', () => {
    for (const [mean, deviation] of [
      [0.5, 0.1],
      [0, 0.01],
      [1, 0.3],
      [0.99, 2],
    ] as const) {
      const cells = Array.from({ length: 50 }, (_, i) => normalMass(mean, deviation, [i / 50, (i + 1) / 50]))
      expect(cells.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 10)
    }
  })

  it('draw what their masses say', () => {
    const n = 2000
    const draws = Array.from({ length: n }, (_, i) => truncatedNormal(0.1, 0.2, (i + 0.5) / n))
    for (const edge of [0.05, 0.2, 0.6]) {
      const share = draws.filter((x) => x < edge).length / n
      expect(share).toBeCloseTo(normalMass(0.1, 0.2, [0, edge]), 2)
    }
  })
})

describe('widths of kernels', () => {
  it('are the larger gap to a neighbour, the prior in the middle being one, and equal ones stand in their order', () => {
    const seen = Float64Array.from([0.9, 0.2, Number.NaN, 0.2, 0.2, 0.6])
    // The gaps: 0.9 to 0.6; nothing below the first 0.2; absent; none; up to the prior; 0.6 to 0.9.
    expect([...deviationsOf(seen)]).toEqual([0.3, 1 / 8, 1, 1 / 8, 0.3, 0.3, 1].map((it) => expect.closeTo(it, 12)))
  })

  it('are never below a hundredth, however many observations there are', () => {
    const many = Float64Array.from({ length: 500 }, (_, i) => i / 500)
    expect(Math.min(...deviationsOf(many))).toBe(0.01)
  })

  it('are one on levels: those who share a level speak with one voice', () => {
    const levels = plain({ depth: { distribution: 'int_uniform', min: 1, max: 5 } })
    const axes = axesOf(levels)
    const [two, four] = [2, 4].map((depth) => pointOf(axes, { depth }) as Point) as [Point, Point]
    const mixture = mixtureOf(axes, [two, two, two, four, four, four])
    expect(mixture.logDensity(two)).toBeCloseTo(mixture.logDensity(four), 12)
  })
})

describe('mixtures', () => {
  it('integrate to 1 on a continuous axis', () => {
    const mixture = mixtureOf(axesOf(line), [[0.01], [0.5], [0.52], [1]])
    const n = 4000
    const sum = Array.from({ length: n }, (_, i) => Math.exp(mixture.logDensity([(i + 0.5) / n])))
    expect(sum.reduce((a, b) => a + b, 0) / n).toBeCloseTo(1, 4)
  })

  it('sum to 1 over all points of a space with categories, levels and conditions', () => {
    const space: SearchSpace = {
      parameters: {
        kind: { distribution: 'categorical_w_probabilities', values: ['a', 'b'], probabilities: [0.3, 0.7] },
        width: { distribution: 'categorical', values: [16, 32, 64] },
        depth: { distribution: 'int_uniform', min: 1, max: 4 },
      },
      conditions: [{ parameter: 'depth', when: { kind: ['a'] } }],
      zipped: [],
      constraints: [],
    }
    const axes = axesOf(space)
    const seen = Array.from({ length: 30 }, (_, i) => randomPoint(axes, rngFor(i, 'seen')))
    const mixture = mixtureOf(axes, seen)
    const sum = (listedPoints(axes) ?? []).reduce((total, point) => total + Math.exp(mixture.logDensity(point)), 0)
    expect(sum).toBeCloseTo(1, 9)
  })

  it('weigh the last 25 fully and let older ones fade', () => {
    const weights = weightsOf(100)
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
    expect(weights[0]).toBeLessThan(weights[50] as number)
    expect(weights[80]).toBe(weights[100])
  })
})

describe('the halves of a history', () => {
  const axes = axesOf(line)
  const at = (x: number): Params => ({ x })
  const xOf = (points: readonly Point[]) => points.map((point) => point[0])

  it('take the best tenth, at most 25', () => {
    expect([1, 10, 11, 100, 251, 1000].map(goodCount)).toEqual([1, 1, 2, 10, 25, 25])
  })

  it.each(['minimize', 'maximize'] as const)('go by the goal: %s', (goal) => {
    const outcomes = [0.1, 0.2, 0.3, 0.4].map((x) => ({ params: at(x), value: goal === 'minimize' ? x : -x }))
    expect(xOf(halvesOf(axes, historyWith(outcomes, goal)).good)).toEqual([0.1])
  })

  it('leave failed ones out, take pending ones as bad and NaN as worst', () => {
    const history = historyWith([
      { params: at(0.1), state: 'failed' },
      { params: at(0.2), state: 'running' },
      { params: at(0.3), value: Number.NaN },
      { params: at(0.4), value: 5 },
    ])
    const { good, bad, finished } = halvesOf(axes, history)
    expect([xOf(good), xOf(bad), finished]).toEqual([[0.4], [0.2, 0.3], 2])
  })

  it('rank pruned ones below completed ones, the later pruned the better', () => {
    const pruned = (x: number, step: number, value: number) =>
      ({ params: at(x), state: 'pruned', curve: [[step, value]] }) as const
    const outcomes = [pruned(0.1, 1, 0), pruned(0.2, 5, 9), { params: at(0.3), value: 99 }, pruned(0.4, 5, 8)]
    const many = Array.from({ length: 16 }, (_, i) => pruned(0.5 + i / 100, 0, 0))
    expect(xOf(halvesOf(axes, historyWith([...outcomes, ...many])).good)).toEqual([0.3, 0.4])
  })

  it('do not take one lucky seed for good beside a mean of many', () => {
    const [steady, lucky] = [at(0.1), at(0.2)]
    const others = Array.from({ length: 8 }, (_, i) => at(0.3 + i / 20))
    const noise = [-1, 1, 0.9, -0.9]
    const history = historyWith([
      ...noise.map((n) => ({ params: steady, value: -1 + n })),
      { params: lucky, value: -1.2 },
      ...others.flatMap((params, i) => noise.slice(0, 2).map((n) => ({ params, value: i / 8 + n }))),
    ])
    expect(xOf(halvesOf(axes, history).good)).toEqual([0.1])
  })
})

describe('TPE', () => {
  const space = plain({
    x: { distribution: 'uniform', min: -5, max: 5 },
    y: { distribution: 'log_uniform_values', min: 1e-4, max: 1 },
    k: { distribution: 'categorical', values: ['good', 'bad', 'worse'] },
  })
  const lossOf = ({ x, y, k }: Params) =>
    ((x as number) - 2) ** 2 + (Math.log10(y as number) + 2) ** 2 + (k === 'good' ? 0 : 3)

  function search(sampler: ReturnType<typeof tpe.create>, n: number, seed: number): number {
    const outcomes: Outcome[] = []
    for (let i = 0; i < n; i++) {
      const history = historyWith(outcomes)
      const asked = { space, configuration: i, cursor: undefined, history, sweepSeed: seed, rng: rngFor(seed, i) }
      const params = sampler.suggest(asked)?.params as Params
      outcomes.push({ params, value: lossOf(params) })
    }
    return Math.min(...outcomes.map(({ value }) => value as number))
  }

  it('finds more than chance does', () => {
    const chance = tpe.create({ startup_configurations: 1000 })
    const mean = (sampler: typeof chance) =>
      [1, 2, 3, 4, 5].reduce((sum, seed) => sum + search(sampler, 60, seed), 0) / 5
    expect(mean(tpe.create({}))).toBeLessThan(0.5 * mean(chance))
  })

  it('walks a small space to its end and proposes nothing twice', () => {
    const small = plain({
      a: { distribution: 'categorical', values: ['x', 'y', 'z'] },
      b: { distribution: 'int_uniform', min: 1, max: 7 },
    })
    const sampler = tpe.create({})
    const outcomes: Outcome[] = []
    for (let i = 0; i < 30; i++) {
      const history = historyWith(outcomes)
      const asked = { space: small, configuration: i, cursor: undefined, history, sweepSeed: 1, rng: rngFor(1, i) }
      const suggestion = sampler.suggest(asked)
      if (suggestion === undefined) break
      outcomes.push({ params: suggestion.params, value: suggestion.params.b as number })
    }
    expect(outcomes.length).toBe(21)
    expect(sampler.total(small)).toBe(21)
    const axes = axesOf(small)
    expect(
      new Set(outcomes.map(({ params }) => JSON.stringify(paramsAt(axes, pointOf(axes, params) as Point)))).size,
    ).toBe(21)
  })
})

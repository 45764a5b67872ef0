import { describe, expect, it } from 'vitest'
import { type ForecastRequest, forecast } from '../../src/app/durations/forecast.ts'
import type { PastTrial } from '../../src/app/durations/history.ts'
import { durationModel } from '../../src/app/durations/model.ts'
import { type Rng, rngFor } from '../../src/base/rng.ts'
import type { Params } from '../../src/space/domain.ts'

interface World {
  /** Between sweeps, of the logarithm. */
  readonly sweeps: number
  /** Between configurations, beyond what their params explain. */
  readonly configurations: number
  readonly seeds: number
  /** Exponent of `epochs`. */
  readonly slope: number
}

const SEEDS = 3

/** Durations of one sweep in a world: minutes of trials with two params that matter and one that does not. */
function sweepIn(
  world: World,
  { name, params, rng }: { name: string; params: readonly Params[]; rng: Rng },
): PastTrial[] {
  const sweep = world.sweeps * rng.normal()
  return params.flatMap((own) => {
    const mean =
      sweep +
      world.slope * Math.log(Number(own.epochs)) +
      (own.deep === true ? 0.5 : 0) +
      world.configurations * rng.normal()
    return Array.from({ length: SEEDS }, () => ({
      sweep: name,
      params: own,
      cpus: 1,
      ms: 60_000 * Math.exp(mean + world.seeds * rng.normal()),
    }))
  })
}

function configurations(rng: Rng, { count, epochs }: { count: number; epochs: readonly number[] }): Params[] {
  return Array.from({ length: count }, () => ({
    epochs: epochs[rng.below(epochs.length)] as number,
    deep: rng.below(2) === 1,
    lr: 10 ** -(2 + 2 * rng.uniform()),
  }))
}

/** The true time of a night on `parallel` slots, as the trials were drawn. */
function wallTime(trials: readonly PastTrial[], parallel: number): number {
  const free = Array(parallel).fill(0)
  for (const { ms } of trials) {
    const next = free.indexOf(Math.min(...free))
    free[next] += ms
  }
  return Math.max(...free)
}

/** Share of simulated sweeps whose true time lies in the range that was said before. */
function coverage(
  worlds: (rng: Rng) => World,
  { past, nights, newEpochs }: { past: number; nights: number; newEpochs: readonly number[] },
): number {
  let inside = 0
  for (let night = 0; night < nights; night++) {
    const rng = rngFor(77, 'night', past, night)
    const world = worlds(rng)
    const earlier = Array.from({ length: past }, (_, i) =>
      sweepIn(world, { name: `s.${i}`, params: configurations(rng, { count: 6, epochs: [4, 8] }), rng }),
    ).flat()
    const params = configurations(rng, { count: 8, epochs: newEpochs })
    const coming = params.map((own) => ({ params: own, cpus: 1 }))
    const truth = wallTime(sweepIn(world, { name: 'new', params, rng }), 2)
    const { total } = forecast(durationModel(earlier, coming), request(coming))
    if (total !== undefined && truth >= total.low && truth <= total.high) inside++
  }
  return inside / nights
}

const request = (coming: ForecastRequest['configurations']): ForecastRequest => ({
  configurations: coming,
  seeds: SEEDS,
  trials: coming.length * SEEDS,
  parallel: 2,
  gpus: 0,
  reorder: true,
  seed: 1,
})

const ordinary = (rng: Rng): World => ({
  sweeps: 0.1 + 0.2 * rng.uniform(),
  configurations: 0.05 + 0.15 * rng.uniform(),
  seeds: 0.02 + 0.08 * rng.uniform(),
  slope: 0.7 + 0.5 * rng.uniform(),
})

describe('the 80 % range of a plan, over simulated sweeps whose true time is known', () => {
  it.each([1, 2, 5])(
    'holds the true time in four of five when %i earlier sweeps ran the same configurations',
    (past) => {
      const share = coverage(ordinary, { past, nights: 120, newEpochs: [4, 8] })
      expect(share).toBeGreaterThan(0.7)
      expect(share).toBeLessThan(0.92)
    },
  )

  it.each([1, 3])('holds it too when the configurations are others than those of %i earlier sweeps', (past) => {
    const share = coverage(ordinary, { past, nights: 120, newEpochs: [16, 32] })
    expect(share).toBeGreaterThan(0.7)
    expect(share).toBeLessThan(0.93)
  })
})

describe('a forecast', () => {
  const past = (params: Params[], ms: number): PastTrial[] =>
    params.map((own) => ({ sweep: 's.1', params: own, cpus: 1, ms }))
  const width = ({ low, high }: { low: number; high: number }) => high / low

  it('is wider on data that no earlier sweep had', () => {
    const earlier = past(
      [
        { data: 'a.csv', x: 1 },
        { data: 'a.csv', x: 2 },
      ],
      60_000,
    )
    const on = (data: string) => {
      const coming = [1, 2].map((x) => ({ params: { data, x }, cpus: 1 }))
      return forecast(durationModel(earlier, coming), request(coming)).total
    }
    expect(width(on('b.csv') ?? { low: 1, high: 1 })).toBeGreaterThan(2 * width(on('a.csv') ?? { low: 1, high: 1 }))
  })

  it('says how many trials end before a deadline', () => {
    const coming = Array.from({ length: 40 }, (_, x) => ({ params: { x }, cpus: 1 }))
    const earlier = past(
      Array.from({ length: 40 }, (_, x) => ({ x })),
      60_000,
    )
    const { before, total } = forecast(durationModel(earlier, coming), {
      ...request(coming),
      seeds: 1,
      trials: 40,
      deadlineMs: 600_000,
    })
    expect(before?.middle).toBeGreaterThan(14)
    expect(before?.middle).toBeLessThan(26)
    expect(total?.high).toBe(600_000)
  })

  it('knows the pace of a sweep without an end and of one of a thousand million trials', () => {
    const coming = Array.from({ length: 10 }, (_, x) => ({ params: { x }, cpus: 1 }))
    const model = durationModel(past([{ x: 1 }, { x: 2 }], 1000), coming)
    expect(forecast(model, { ...request(coming), trials: undefined }).total).toBeUndefined()
    const { total } = forecast(model, { ...request(coming), seeds: 1, trials: 1e9 })
    expect(total?.middle).toBeGreaterThan(3e11)
    expect(total?.middle).toBeLessThan(7e11)
  })

  it('finds that the longest first ends sooner, and says nothing of it where all take the same', () => {
    const epochs = [1, 1, 1, 1, 1, 10]
    const coming = epochs.map((value) => ({ params: { epochs: value }, cpus: 1 }))
    const one = { ...request(coming), seeds: 1, trials: 6 }
    const uneven = past([{ epochs: 1 }], 60_000).concat(past([{ epochs: 10 }], 600_000))
    expect(forecast(durationModel(uneven, coming), one).longestFirst).toMatchObject({ sure: true })
    const same = coming.map(() => ({ params: { epochs: 1 }, cpus: 1 }))
    expect(forecast(durationModel(uneven, same), { ...one, configurations: same }).longestFirst?.sure).toBe(false)
  })
})

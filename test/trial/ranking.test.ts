import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rankConfigurations } from '../../src/trial/ranking.ts'
import { FAILED, NOT_STARTED, OUT_OF_MEMORY, type Row, sweepOf } from './a-sweep.ts'

const order = (rows: readonly Row[], goal: 'minimize' | 'maximize' = 'maximize') =>
  rankConfigurations(sweepOf(rows, goal)).rows.map(({ configuration }) => configuration.number)
const rowOf = (rows: readonly Row[], configuration: number) => {
  const row = rankConfigurations(sweepOf(rows)).rows.find((r) => r.configuration.number === configuration)
  if (row === undefined) throw new Error('not ranked')
  return row
}

describe('rankConfigurations', () => {
  it('ranks by the mean over seeds in the direction of the goal', () => {
    const rows = [
      [0.5, 0.6],
      [0.7, 0.9],
      [0.6, 0.7],
    ]
    expect(order(rows)).toEqual([1, 2, 0])
    expect(order(rows, 'minimize')).toEqual([0, 2, 1])
  })

  it('gives mean, spread and the interval of Student with the pooled variance', () => {
    // Squared deviations 0.0008 + 0.0002 over 2 + 2 degrees of freedom: variance 0.00025; t(0.975, 4) = 2.776.
    const row = rowOf(
      [
        [0.5, 0.52, 0.54],
        [0.6, 0.61, 0.62],
      ],
      1,
    )
    const half = (2.776 * Math.sqrt(0.00025)) / Math.sqrt(3)
    expect(row.mean).toBeCloseTo(0.61, 10)
    expect(row.sd).toBeCloseTo(0.01, 10)
    expect(row.interval.basis).toBe('pooled')
    expect(row.interval.low).toBeCloseTo(0.61 - half, 4)
    expect(row.interval.high).toBeCloseTo(0.61 + half, 4)
    expect(row.explanation).toContain('Mean 0.61 over 3 seeds (1, 2, 3).')
    expect(row.explanation).toContain('from the spread between the seeds of all configurations together')
  })

  it("uses a configuration's own variance from six seeds on", () => {
    const row = rowOf([[1, 2, 3, 4, 5, 6]], 0)
    // t(0.975, 5) = 2.571, sd = 1.871.
    expect(row.interval).toMatchObject({ basis: 'own' })
    expect(row.interval.high - 3.5).toBeCloseTo((2.571 * 1.8708) / Math.sqrt(6), 2)
    expect(row.explanation).toContain('its own seeds')
  })

  it('says that nothing is known of the noise when there is one seed everywhere', () => {
    const row = rowOf([[0.5], [0.6]], 1)
    expect(row).toMatchObject({ rank: 1, incomplete: false })
    expect(row.interval).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, basis: 'none' })
    expect(row.explanation).toContain('No interval')
  })

  it('lets equal means share a rank and leaves out the next one', () => {
    const { rows } = rankConfigurations(sweepOf([[0.5], [0.7], [0.7], [0.6]]))
    expect(rows.map(({ rank, configuration }) => [rank, configuration.number])).toEqual([
      [1, 1],
      [1, 2],
      [3, 3],
      [4, 0],
    ])
  })

  it('does not let one lucky seed win over configurations tried in full', () => {
    const rows = [
      [0.6, 0.7, 0.65],
      [0.72, NOT_STARTED, NOT_STARTED],
      [0.5, 0.6, 0.55],
    ]
    expect(order(rows)[0]).toBe(0)
    const lucky = rowOf(rows, 1)
    expect(lucky).toMatchObject({ incomplete: true, mean: 0.72 })
    expect(lucky.explanation).toContain('Seeds 2 (not started), 3 (not started) missing')
    expect(lucky.explanation).toContain('worse end of its interval')
  })

  it('lets an incomplete configuration lead when even the worse end of its interval is better', () => {
    const rows = [
      [0.5, 0.501, 0.502],
      [0.9, 0.901, NOT_STARTED],
    ]
    expect(order(rows)).toEqual([1, 0])
  })

  it('puts incomplete configurations behind all complete ones while no spread is known', () => {
    const snapshot = sweepOf([
      [0.9, NOT_STARTED],
      [0.8, NOT_STARTED],
    ])
    expect(rankConfigurations(snapshot).rows.map((r) => [r.rank, r.configuration.number])).toEqual([
      [1, 0],
      [2, 1],
    ])
  })

  it('takes failed and out-of-memory trials as missing, not as bad', () => {
    const rows = [
      [0.9, FAILED, 0.91],
      [0.5, 0.51, 0.52],
      [FAILED, OUT_OF_MEMORY, { state: 'pruned' as const }],
    ]
    const ranking = rankConfigurations(sweepOf(rows))
    expect(ranking.rows[0]).toMatchObject({ n: 2, mean: 0.905, missing: [{ seed: 2, why: 'failed' }] })
    expect(ranking.unranked[0]?.missing.map(({ why }) => why)).toEqual(['failed', 'failed: out of memory', 'pruned'])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('never lets %d win', (value) => {
    for (const goal of ['minimize', 'maximize'] as const) {
      const rows = [
        [value, 0.99],
        [0.1, 0.2],
        [0.3, NOT_STARTED],
      ]
      expect(order(rows, goal).at(-1)).toBe(0)
    }
    const row = rowOf(
      [
        [value, 0.99],
        [0.1, 0.2],
      ],
      0,
    )
    expect(row).toMatchObject({ notFinite: 1, tiedWithBest: false })
    expect(row.explanation).toContain('1 seed of 2 gave NaN or an infinite value, which counts as worst')
  })

  it('says who cannot be told from the first, by the seeds that both have', () => {
    const rows = [
      [0.8, 0.7, 0.9],
      [0.79, 0.72, 0.88],
      [0.7, 0.6, 0.801],
    ]
    const ranking = rankConfigurations(sweepOf(rows))
    expect(ranking.rows.map(({ tiedWithBest }) => tiedWithBest)).toEqual([false, true, false])
    expect(ranking.rows[1]?.behindBest).toMatchObject({ seeds: 3 })
    expect(ranking.rows[1]?.behindBest?.difference).toBeCloseTo(0.00333, 4)
    expect(ranking.rows[1]?.explanation).toMatch(
      /Cannot be told from the first: 0\.003333 behind over 3 common seeds, p = 0\.\d\d/,
    )
  })

  it('judges a lead by the noise of all configurations, once what a seed does to all alike is taken out', () => {
    const noise = [0.001, -0.001, 0.0005, -0.0005, 0.001, -0.0015, 0.0005, 0]
    const seedEffects = [0, -0.1, 0.05]
    const row = (mean: number, i: number) =>
      seedEffects.map((effect, s) => mean + effect + (noise[(3 * i + s) % noise.length] as number))
    const rows = [row(0.8, 0), row(0.7975, 1), row(0.7, 2), row(0.69, 3), row(0.65, 4), row(0.6, 5)]
    const all = rankConfigurations(sweepOf(rows)).rows
    expect(all.map(({ tiedWithBest }) => tiedWithBest)).toEqual(all.map(() => false))
    expect(all[1]?.behindBest).toMatchObject({ basis: 'pooled', seeds: 3 })
    // Alone, with two degrees of freedom, the same two cannot be told apart.
    const two = rankConfigurations(sweepOf(rows.slice(0, 2))).rows
    expect(two[1]).toMatchObject({ tiedWithBest: true, behindBest: { basis: 'own' } })
  })

  it('ranks nothing without a metric, an empty sweep, and lost configurations never', () => {
    const { metric: _, ...noMetric } = sweepOf([[1]]).spec
    expect(rankConfigurations({ ...sweepOf([[1]]), spec: noMetric }).rows).toEqual([])
    expect(rankConfigurations(sweepOf([])).rows).toEqual([])
    const lost = { number: 0, params: {}, lost: true } as const
    expect(rankConfigurations({ ...sweepOf([[1]]), configurations: [lost] })).toMatchObject({ rows: [], unranked: [] })
  })

  it('turns around when goal and signs are turned around', () => {
    const value = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constant(Number.NaN), fc.constant(undefined))
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { maxLength: 8 }), (rows) => {
        const turned = rows.map((row) => row.map((v) => (v === undefined ? v : -v)))
        const up = rankConfigurations(sweepOf(rows, 'maximize'))
        const down = rankConfigurations(sweepOf(turned, 'minimize'))
        const places = (ranking: typeof up) => ranking.rows.map((r) => [r.configuration.number, r.rank, r.tiedWithBest])
        expect(places(up)).toEqual(places(down))
        expect(up.rows.length + up.unranked.length).toBe(rows.length)
      }),
      { numRuns: 200 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rankConfigurations } from '../../src/trial/ranking.ts'
import type { SweepSnapshot } from '../../src/trial/trial.ts'
import { NOT_STARTED, type Row, sweepOf } from './a-sweep.ts'

/** The same sweep under a race; `out` are eliminated. */
function raced(rows: readonly Row[], goal: 'minimize' | 'maximize' = 'maximize', out: readonly number[] = []) {
  const snapshot = sweepOf(rows, goal)
  const configurations = snapshot.configurations.map((it) =>
    out.includes(it.number) ? { ...it, eliminated: 'Behind configuration 0.' } : it,
  )
  const race = { name: 'seed-race', options: {} }
  return { ...snapshot, configurations, spec: { ...snapshot.spec, race } } satisfies SweepSnapshot
}

const order = (snapshot: SweepSnapshot) => rankConfigurations(snapshot).rows.map((row) => row.configuration.number)
const once = (value: number): Row => [value, NOT_STARTED, NOT_STARTED]

describe('the ranking of a sweep with a race over seeds', () => {
  const rows: Row[] = [[0.8, 0.7, 0.75], [0.72, 0.6, 0.75], once(0.77), once(0.5), once(0.45), once(0.4), once(0.2)]

  it('puts a lucky single seed behind the one that did as well with all seeds', () => {
    const ranking = rankConfigurations(raced(rows))
    expect(ranking.rows[0]?.configuration.number).toBe(0)
    const lucky = ranking.rows.find(({ configuration }) => configuration.number === 2)
    expect(lucky?.belief?.mean).toBeLessThan(lucky?.mean ?? 0)
    expect(lucky?.explanation).toContain('Ranked by what is believed of its mean')
  })

  it('ranks a far better one with a single seed first, and a mirrored goal alike', () => {
    const better = [...rows, once(2)]
    expect(order(raced(better))[0]).toBe(7)
    const mirrored = better.map((row) => row.map((value) => (typeof value === 'number' ? -value : value)))
    expect(order(raced(mirrored, 'minimize'))).toEqual(order(raced(better)))
  })

  it('puts the eliminated behind all others, whatever their values', () => {
    expect(order(raced(rows, 'maximize', [2, 3])).slice(-2)).toEqual([2, 3])
  })

  it('leaves the order of complete grids as it is', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true }).map((it) => Math.round(it * 1e4) / 1e4)
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }), (grid) => {
        const means = grid.map((row) => Math.round(row.reduce((sum, it) => sum + it, 0) * 1e4))
        fc.pre(new Set(means).size === means.length)
        expect(order(raced(grid))).toEqual(order(sweepOf(grid)))
      }),
      { numRuns: 200 },
    )
  })
})

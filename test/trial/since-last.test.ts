import { describe, expect, it } from 'vitest'
import { asOf, sinceLast, sinceLastWords } from '../../src/trial/since-last.ts'
import type { SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { spec } from '../fixtures/a-spec.ts'

const SEEDS = [1, 2, 3]
/** What each seed does to all configurations. */
const NOISE = [0.004, -0.003, -0.001]

/** One sweep: a mean for each learning rate, three seeds each. */
function sweep(
  id: string,
  means: Readonly<Record<string, number>>,
  changes: Partial<SweepSnapshot> = {},
): SweepSnapshot {
  const configurations = Object.keys(means).map((lr, number) => ({ number, params: { lr: Number(lr) } }))
  const trials = Object.values(means).flatMap((mean, configuration) =>
    SEEDS.map((seed, s): Trial => {
      const wiggle = 0.0005 * (((configuration * 7 + s * 3) % 5) - 2)
      const number = configuration * SEEDS.length + s
      const value = mean + (NOISE[s] ?? 0) + wiggle
      const attempts = [{ number: 1, startedAt: 1000 * number, endedAt: 1000 * number + 900, slot: 'cpu0' }]
      return { number, configuration, seed, state: 'completed', attempts, curve: [], metrics: {}, value }
    }),
  )
  return {
    ...{ id, spec: { ...spec, seeds: SEEDS }, state: 'finished', startedAt: 0, exhausted: true },
    ...{ configurations, trials, notes: [], provenance: {} },
    ...changes,
  }
}

const before = sweep('gamma.1', { 0.1: 0.8, 0.2: 0.79, 0.3: 0.7 })

describe('what changed since the last sweep', () => {
  it('tells a new best from luck by the test of the ranking', () => {
    const better = sinceLast(before, sweep('gamma.2', { 0.4: 0.85, 0.5: 0.7 }))
    expect(better).toMatchObject({ since: 'gamma.1', newBest: true, sameConfiguration: false })
    expect(better.gain).toBeCloseTo(0.05, 2)
    expect(better.test?.significant).toBe(true)
    expect(sinceLastWords(better)).toMatch(
      /^Since gamma.1: a new best, f1 from 0\.79\d* to 0\.8\d*, more than seed noise \(p/,
    )
    const lucky = sinceLast(before, sweep('gamma.2', { 0.4: 0.8005, 0.5: 0.7 }))
    expect(lucky.newBest).toBe(true)
    expect(lucky.test).toMatchObject({ significant: false, seeds: 3 })
    expect(sinceLastWords(lucky)).toContain('within seed noise')
  })

  it('says when nothing better was found, and when the same configuration leads again', () => {
    const worse = sinceLast(before, sweep('gamma.2', { 0.4: 0.75, 0.5: 0.7 }))
    expect(worse).toMatchObject({ newBest: false, test: { significant: true } })
    expect(sinceLastWords(worse)).toContain('no new best')
    const same = sinceLast(before, sweep('gamma.2', { 0.1: 0.801, 0.5: 0.7 }))
    expect(same).toMatchObject({ newBest: false, sameConfiguration: true })
    expect(sinceLastWords(same)).toContain('the same configuration leads')
  })

  it('goes the way of the goal', () => {
    const down = { ...before.spec, metric: { name: 'loss', goal: 'minimize', value: 'last' } } as const
    const changed = sinceLast({ ...before, spec: down }, sweep('gamma.2', { 0.4: 0.5, 0.5: 0.9 }, { spec: down }))
    expect(changed.newBest).toBe(true)
    expect(changed.gain).toBeCloseTo(0.2, 2)
  })

  it('counts trials that were taken over from the earlier sweep once', () => {
    const again = sweep('gamma.2', { 0.1: 0.8, 0.4: 0.85 })
    const trials = again.trials.map((trial): Trial => {
      return trial.configuration === 0 ? { ...trial, attempts: [], reusedFrom: `gamma.1/${trial.number}` } : trial
    })
    const changed = sinceLast(before, { ...again, trials })
    expect(changed).toMatchObject({ newBest: true, test: { seeds: 3, significant: true } })
    const same = sinceLast(before, {
      ...again,
      trials: trials.map((t) => (t.configuration === 1 ? { ...t, value: 0.1 } : t)),
    })
    expect(same).toMatchObject({ sameConfiguration: true, newBest: false })
  })

  it('compares nothing when the metric is another one, and leaves luck open when no seed is common', () => {
    const other = sweep(
      'gamma.2',
      { 0.4: 0.9 },
      { spec: { ...before.spec, metric: { name: 'acc', goal: 'maximize', value: 'last' } } },
    )
    expect(sinceLastWords(sinceLast(before, other))).toMatch(/its metric is another one/)
    const later = sweep('gamma.2', { 0.4: 0.9, 0.5: 0.8 })
    const seeds = {
      ...later,
      spec: { ...later.spec, seeds: [7, 8, 9] },
      trials: later.trials.map((t) => ({ ...t, seed: t.seed + 6 })),
    }
    expect(sinceLastWords(sinceLast(before, seeds))).toMatch(/a new best.*which may be luck/)
  })

  it('knows how a sweep stood when this night began', () => {
    const evening = asOf(before, 5000)
    expect(evening.trials.map(({ state }) => state)).toEqual([
      ...Array(5).fill('completed'),
      ...Array(4).fill('running'),
    ])
    expect(sinceLast(evening, before).trials).toEqual({
      before: { completed: 5, failed: 0 },
      now: { completed: 9, failed: 0 },
    })
    const nothing = sweep('gamma.0', {})
    expect(sinceLastWords(sinceLast(nothing, before))).toMatch(/the first result/)
    expect(sinceLastWords(sinceLast(before, nothing))).toMatch(/no result yet/)
  })
})

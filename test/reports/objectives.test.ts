import { describe, expect, it } from 'vitest'
import { knowledgeJson } from '../../src/reports/knowledge-json.ts'
import { importance } from '../../src/reports/sections/importance.ts'
import { objectives } from '../../src/reports/sections/objectives.ts'
import { outlook } from '../../src/reports/sections/outlook.ts'
import { summary } from '../../src/reports/sections/summary.ts'
import type { SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { realisticSnapshot } from './fixture.ts'

const two = [
  { name: 'val/macro_f1', goal: 'maximize' },
  { name: 'train/loss', goal: 'minimize' },
] as const

function withSpec(extra: Partial<SweepSnapshot['spec']>): SweepSnapshot {
  const snapshot = realisticSnapshot()
  return { ...snapshot, spec: { ...snapshot.spec, ...extra } }
}

const textOf = (section: typeof objectives, snapshot: SweepSnapshot) =>
  JSON.stringify(section.create({}).render({ snapshot, sweepDir: '' }))

/** Enough configurations for everything that is estimated. */
function large(): SweepSnapshot {
  const snapshot = realisticSnapshot()
  const configurations = Array.from({ length: 40 }, (_, number) => ({
    number,
    params: { gamma: { sentiment: number % 2 ? 2 : 0, venue: number % 3 }, boost: number % 4 < 2 ? 1 : 4 },
  }))
  const trials = configurations.flatMap(({ number, params }) =>
    [0, 1, 2].map((seed): Trial => {
      const value = 0.7 + 0.05 * params.gamma.venue + 0.001 * ((number * 7 + seed * 3) % 10)
      const base = { configuration: number, seed, attempts: [], curve: [], metrics: { 'val/macro_f1': value } }
      return { ...base, number: number * 3 + seed, state: 'completed', value }
    }),
  )
  return { ...snapshot, configurations, trials }
}

describe('the section of several metrics and limits', () => {
  it('shows the front, and nothing where there is one metric', () => {
    expect(textOf(objectives, realisticSnapshot())).toBe('"nothing to show"')
    const text = textOf(objectives, withSpec({ objectives: two }))
    expect(text).toContain('on the Pareto front')
    expect(text).toContain('pareto-front')
  })

  it('says who is over a limit, and that nobody wins when all are', () => {
    const some = withSpec({ limits: [{ name: 'train/loss', max: 0.311 }] })
    expect(textOf(objectives, some)).toContain('is above 0.311')
    const none = withSpec({ limits: [{ name: 'latency', max: 1 }] })
    expect(textOf(objectives, none)).toContain('no winner')
    expect(textOf(summary, none)).toContain('No configuration keeps to the limits')
  })
})

describe('what a sweep knows', () => {
  it('is not said of too few configurations', () => {
    expect(textOf(importance, realisticSnapshot())).toContain('there are fewer')
    expect(textOf(outlook, realisticSnapshot())).toContain('is not estimated')
    expect(knowledgeJson(realisticSnapshot())).toMatchObject({
      importance: null,
      outlook: { expectedImprovement: null },
    })
  })

  it('names what matters and how sure it is', () => {
    const snapshot = large()
    const { outlook: known, importance: of } = knowledgeJson(snapshot)
    const sum = known.chancesOfBest.reduce((total, { chance }) => total + chance, 0)
    expect(sum).toBeGreaterThan(0.5)
    expect(sum).toBeLessThanOrEqual(1 + 1e-9)
    expect(known.expectedRegret).toBeGreaterThanOrEqual(0)
    expect(known.expectedImprovement?.estimate).toBeLessThan(0.05)
    const best = of?.parameters.toSorted((a, b) => (b.estimate ?? 0) - (a.estimate ?? 0))[0]
    expect(best?.name).toBe('gamma.venue')
    expect(textOf(importance, snapshot)).toContain('matters')
    expect(JSON.stringify(knowledgeJson(snapshot))).toBe(JSON.stringify(knowledgeJson(large())))
  })
})

import { describe, expect, it } from 'vitest'
import { curveShape } from '../../src/reports/curve-shape.ts'
import { bestLevel, matters, parameterEffects } from '../../src/reports/factors.ts'
import { factsOf } from '../../src/reports/facts.ts'
import { nextDomain } from '../../src/reports/next-domain.ts'
import { chance, metricText, percent, signed } from '../../src/reports/numbers.ts'
import { edgeOf, openEdgeOf } from '../../src/reports/range-edge.ts'
import { problems } from '../../src/reports/sections/problems.ts'
import { timeFacts } from '../../src/reports/time-facts.ts'
import { trialFolder } from '../../src/reports/trial-files.ts'
import { judgeTargets } from '../../src/reports/verdict.ts'
import type { Domain } from '../../src/space/domain.ts'
import type { SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { realisticEnsemble, realisticSnapshot, spec } from './fixture.ts'

const learnt = { matters: true, tied: false, order: [] } as const
const grid = (...values: number[]): Domain => ({ distribution: 'categorical', values })

describe('curveShape', () => {
  it('tells a curve that still rose from one that had levelled off', () => {
    const rising = [1, 2, 3, 4].map((step) => [step, step / 10] as const)
    expect(curveShape(rising, 'maximize')).toEqual({ lastStep: 4, bestStep: 4, best: 0.4, improving: true })
    expect(curveShape(rising, 'minimize')?.improving).toBe(false)
  })

  it('ignores NaN and has nothing to say of fewer than two values', () => {
    expect(
      curveShape(
        [
          [1, 0.5],
          [2, Number.NaN],
          [3, 0.4],
        ],
        'maximize',
      )?.bestStep,
    ).toBe(1)
    expect(curveShape([[1, 0.5]], 'maximize')).toBeUndefined()
  })
})

describe('edgeOf', () => {
  it('sees the ends of lists of three or more, and of ranges by their scale', () => {
    expect(edgeOf(grid(1, 2, 3), 3)).toBe('high')
    expect(edgeOf(grid(1, 2, 3), 2)).toBeUndefined()
    expect(edgeOf(grid(1, 2), 2)).toBeUndefined()
    const rate: Domain = { distribution: 'log_uniform_values', min: 1e-5, max: 1e-1 }
    expect(edgeOf(rate, 1.1e-5)).toBe('low')
    expect(edgeOf(rate, 5e-4)).toBeUndefined()
    expect(edgeOf({ distribution: 'uniform', min: 0, max: 1 }, 0.99)).toBe('high')
  })
})

describe('nextDomain', () => {
  it('widens a list whose best is at the end, by steps or by factors', () => {
    expect(nextDomain(grid(1, 2, 3), { ...learnt, best: 3 }).domain).toEqual({ values: [2, 3, 4] })
    expect(nextDomain(grid(0.5, 1, 1.5), { ...learnt, best: 1.5 }).domain).toEqual({ values: [1.25, 1.5, 2] })
    expect(nextDomain(grid(1, 10, 100), { ...learnt, best: 100 }).domain).toEqual({ values: [32, 100, 1000] })
  })

  it('does not go below zero where the range started at zero', () => {
    expect(nextDomain(grid(0, 1, 2), { ...learnt, best: 0 }).domain).toEqual({ values: [0, 1] })
    const gamma: Domain = { distribution: 'uniform', min: 0, max: 4 }
    const next = nextDomain(gamma, { ...learnt, best: 0 })
    expect(next.domain).toMatchObject({ min: 0, max: 1 })
    expect(next.why).toBe('best at its natural limit (0): not beyond it')
    expect(next.beyond).toBeUndefined()
    expect(openEdgeOf(gamma, 0)).toBeUndefined()
    expect(openEdgeOf(grid(-1, 0, 1), -1)).toBe('low')
  })

  it('keeps what is named like a probability within 1', () => {
    const dropout = { ...learnt, name: 'model.dropout' }
    expect(nextDomain(grid(0.5, 0.7, 0.9), { ...dropout, best: 0.9 })).toMatchObject({
      domain: { values: [0.8, 0.9, 0.95] },
      beyond: 'high',
    })
    const full = nextDomain({ distribution: 'uniform', min: 0, max: 1 }, { ...dropout, best: 1 })
    expect(full.domain).toMatchObject({ min: 0.75, max: 1 })
    expect(full.beyond).toBeUndefined()
    expect(nextDomain(grid(0.5, 0.75, 1), { ...learnt, name: 'boost', best: 1 }).beyond).toBe('high')
  })

  it('is finer around a best in the middle and halves a range', () => {
    expect(nextDomain(grid(0.1, 0.2, 0.3), { ...learnt, best: 0.2 }).domain).toEqual({ values: [0.15, 0.2, 0.25] })
    expect(nextDomain({ distribution: 'uniform', min: 0, max: 1 }, { ...learnt, best: 0.4 }).domain).toEqual({
      distribution: 'uniform',
      min: 0.15,
      max: 0.65,
    })
  })

  it('writes bounds that are exponents as values, around the best', () => {
    const rate: Domain = { distribution: 'log_uniform', min: Math.log(1e-4), max: 0 }
    expect(nextDomain(rate, { ...learnt, best: 1e-2 }).domain).toEqual({
      distribution: 'log_uniform_values',
      min: 0.001,
      max: 0.1,
    })
  })

  it('keeps the neighbours of a whole number that has none in between', () => {
    expect(nextDomain(grid(1, 2, 4), { ...learnt, best: 2 }).domain).toEqual({ values: [1, 2, 3] })
  })

  it('fixes what made no difference and keeps what moves together', () => {
    expect(nextDomain(grid(1, 2, 3), { ...learnt, matters: false, best: 2 }).domain).toEqual({ value: 2 })
    expect(nextDomain(grid(1, 2, 3), { ...learnt, tied: true, best: 2 }).domain).toEqual({ values: [1, 2, 3] })
  })

  it('keeps the two best of several words', () => {
    const loss: Domain = { distribution: 'categorical', values: ['ce', 'focal', 'dice'] }
    const order = ['focal', 'dice', 'ce']
    expect(nextDomain(loss, { ...learnt, best: 'focal', order }).domain).toEqual({ values: ['focal', 'dice'] })
  })
})

describe('parameterEffects', () => {
  it('finds what the made-up sweep was built with: boost and gamma.venue matter, gamma.sentiment does not', () => {
    const { factors } = parameterEffects(factsOf(realisticSnapshot()))
    const named = new Map(factors.map((effect) => [effect.factor, effect]))
    expect([...named].filter(([, effect]) => matters(effect)).map(([name]) => name)).toEqual(['boost', 'gamma.venue'])
    const boost = named.get('boost')
    expect(boost && bestLevel(boost, 1)).toEqual({ best: '4', worst: '1' })
  })

  it('makes one factor of parameters that always move together', () => {
    const snapshot = realisticSnapshot()
    const configurations = snapshot.configurations.map((c) => ({
      ...c,
      params: { ...c.params, twin: `of ${c.params.boost}` },
    }))
    const { factors } = parameterEffects(factsOf({ ...snapshot, configurations }))
    expect(factors.map(({ factor }) => factor)).toContain('boost + twin')
  })
})

describe('judgeTargets', () => {
  const withTarget = (target: Record<string, number>): SweepSnapshot => ({
    ...realisticSnapshot(),
    spec: { ...spec, targets: { 'val/macro_f1': target } },
  })
  const trial = { metrics: { 'val/macro_f1': 0.7 } } as unknown as Trial

  it('names the highest level reached', () => {
    expect(judgeTargets(withTarget({ minimum: 0.6, good: 0.7, excellent: 0.8 }), [trial])[0]?.reached).toBe('good')
    expect(judgeTargets(withTarget({ minimum: 0.71 }), [trial])[0]?.reached).toBeUndefined()
  })

  it('takes levels that fall to mean that less is more', () => {
    expect(judgeTargets(withTarget({ minimum: 0.9, good: 0.5 }), [trial])[0]).toMatchObject({
      reached: 'minimum',
      higherIsBetter: false,
    })
  })
})

describe('timeFacts', () => {
  it('counts two trials that share a GPU half each', () => {
    const at = (slot: string) => ({ number: 1, slot, startedAt: 1000, endedAt: 3000, end: 'finished' as const })
    const [first] = realisticSnapshot().trials
    const trials = ['gpu0.0', 'gpu0.1'].map((slot, number) => ({ ...(first as Trial), number, attempts: [at(slot)] }))
    const facts = timeFacts({ ...realisticSnapshot(), startedAt: 1000, endedAt: 3000, trials })
    expect(facts).toMatchObject({ gpuMs: 2000, cpuMs: 0, wallMs: 2000, utilisation: 1 })
  })
})

describe('problems', () => {
  const said = (snapshot: SweepSnapshot) =>
    JSON.stringify(problems.create({}).render({ snapshot, sweepDir: '/nowhere' }))

  it('finds failures, the edge of the range and capped weights in the made-up sweep', () => {
    const text = said(realisticSnapshot())
    expect(text).toContain('1 of 36 trials failed')
    expect(text).toContain('best gamma.venue (2) is the highest value')
    expect(text).toContain('capped at 10')
  })

  it('says when calibration is worse than none', () => {
    const blocks = problems
      .create({})
      .render({ snapshot: realisticSnapshot(), sweepDir: '/nowhere', ensemble: realisticEnsemble() })
    expect(JSON.stringify(blocks)).toContain('venue: calibration is worse than none')
  })

  it('warns when a sweep ranks by the test split', () => {
    const snapshot = realisticSnapshot()
    const metric = { name: 'test/macro_f1', goal: 'maximize', value: 'last' } as const
    expect(said({ ...snapshot, spec: { ...spec, metric } })).toContain('selecting on the test split')
  })

  it('says so when there is none', () => {
    expect(said({ ...realisticSnapshot(), configurations: [], trials: [], notes: [] })).toContain('found a problem')
  })
})

describe('trialFolder', () => {
  it('looks for a reused answer in the sweep that it came from, and nowhere else', () => {
    const trial = { number: 3, reusedFrom: 'gamma-grid.1/12345' } as unknown as Trial
    expect(trialFolder('/w/runs/gamma-grid.3', trial)).toBe('/w/runs/gamma-grid.1/trials/12345')
    expect(() => trialFolder('/w/runs/a.1', { ...trial, reusedFrom: '../../etc/1' })).toThrow(/leads out/)
  })
})

describe('numbers', () => {
  it('keeps digits that people can use', () => {
    expect([0.78331, 12.3456, 0.0005712, 1e-6].map(metricText)).toEqual(['0.7833', '12.35', '0.00057', '1.00e-6'])
    expect([signed(0.5), signed(-0.5), percent(0.034), percent(0.5), chance(0.999), chance(0.001)]).toEqual([
      '+0.5000',
      '−0.5000',
      '3.4 %',
      '50 %',
      'over 99 %',
      'under 1 %',
    ])
  })
})

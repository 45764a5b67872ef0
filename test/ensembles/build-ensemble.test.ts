import { describe, expect, it } from 'vitest'
import { buildEnsemble } from '../../src/ensembles/build-ensemble.ts'
import type { PoolMember } from '../../src/ensembles/pool.ts'
import type { TaskPredictions } from '../../src/protocol/predictions.ts'
import { aPool } from './a-pool.ts'

const tasks = ['colour', 'shade']
const pool = aPool({ trials: 8 })
const report = buildEnsemble({ pool, top: 4, tasks })

/** The pool with one task of one split of one trial changed. */
function changed(
  trial: number,
  change: (of: TaskPredictions) => Partial<TaskPredictions>,
  split: 'validation' | 'test' = 'validation',
): PoolMember[] {
  return pool.map((member) => {
    const of = member[split]?.get('shade')
    if (member.trial !== trial || !of) return member
    return { ...member, [split]: new Map([...(member[split] ?? []), ['shade', { ...of, ...change(of) }]]) }
  })
}

describe('the report', () => {
  it('is plain JSON with every method, and the chosen one has the best honest estimate', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(report.methods.map(({ method }) => method)).toEqual(['mean', 'validation-weighted', 'greedy', 'median'])
    const best = Math.max(...report.methods.map(({ honest }) => honest))
    expect(report.methods.find(({ method }) => method === report.chosen)?.honest).toBe(best)
    expect(report.rows).toEqual({ validation: 120, test: 120 })
  })

  it('does not depend on the order of the trials', () => {
    expect(buildEnsemble({ pool: [...pool].reverse(), top: 4, tasks })).toEqual(report)
  })

  it('averages away noise: better than the mean single trial', () => {
    const mean = report.methods.find(({ method }) => method === 'mean')
    expect(mean?.test).toBeGreaterThan(report.single.mean.test ?? 1)
  })

  it('takes the mean over tasks, and weights that sum to 1', () => {
    for (const method of report.methods) {
      const { colour, shade } = method.tasks
      expect(method.honest).toBeCloseTo(((colour?.honest ?? 0) + (shade?.honest ?? 0)) / 2, 12)
      if (colour?.weights) expect(colour.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      expect(method.members).toHaveLength(4)
      expect(method.optimism).toBeCloseTo(method.inSample - method.honest, 12)
    }
  })

  it('finds that members too sure of themselves need cooling, judged on rows the temperature has not seen', () => {
    for (const { tasks: byTask } of report.methods) {
      for (const { temperature, calibration } of Object.values(byTask)) {
        expect(temperature).toBeGreaterThan(1)
        expect(calibration.validation.after.logLoss).toBeLessThan(calibration.validation.before.logLoss)
        expect(calibration.test?.after.logLoss).toBeLessThan(calibration.test?.before.logLoss ?? 0)
      }
    }
  })

  it('gives a class back that all members are too shy of, by biases judged on rows that they have not seen', () => {
    const shy = (of: TaskPredictions): TaskPredictions => {
      const C = of.classes.length
      const smaller = of.probabilities.map((p, i) => (i % C === 0 ? 0.003 * p : p))
      const probabilities = smaller.map((p, i) => {
        const row = smaller.subarray(i - (i % C), i - (i % C) + C)
        return p / row.reduce((a, b) => a + b, 0)
      })
      return { ...of, probabilities }
    }
    const all = (split: ReadonlyMap<string, TaskPredictions>) =>
      new Map([...split].map(([task, of]) => [task, shy(of)]))
    const members = aPool({ trials: 5, rows: 600 }).map((member) => ({
      ...member,
      validation: all(member.validation),
      ...(member.test && { test: all(member.test) }),
    }))
    const { methods } = buildEnsemble({ pool: members, top: 4, tasks })
    for (const { honest, tasks: byTask } of methods) {
      const reports = Object.values(byTask)
      for (const { applied, bias, calibration } of reports) {
        expect(applied.bias).toBe(true)
        expect(bias[0]).toBeGreaterThan(Math.max(...bias.slice(1)))
        expect(calibration.validation.after.macroF1).toBeGreaterThan(calibration.validation.before.macroF1)
        expect(calibration.test?.after.macroF1).toBeGreaterThan(calibration.test?.before.macroF1 ?? 1)
      }
      // What methods are chosen by stays as it was.
      const before = reports.map(({ calibration }) => calibration.validation.before.macroF1)
      expect(honest).toBeCloseTo(before.reduce((a, b) => a + b, 0) / before.length, 9)
    }
  })

  it('is not fooled by choosing among many: over pools of pure noise the honest estimate of the best is near chance', () => {
    const noise = Array.from({ length: 6 }, (_, seed) => {
      return buildEnsemble({ pool: aPool({ trials: 20, rows: 60, seed, noise: () => 100 }), top: 1, tasks })
    })
    const mean = (of: (one: (typeof noise)[number]) => number) =>
      noise.reduce((sum, one) => sum + of(one), 0) / noise.length
    // One trial's figure has a standard error of 0.03 around 1/3 (60 rows, two tasks): the best of 20 is expected at
    // 1/3 + 1.87 x 0.03 = 0.39 in its own eyes, and at 1/3 in truth. The margins are twice the error of six pools.
    expect(mean(({ single }) => single.best.inSample)).toBeGreaterThan(0.365)
    expect(mean(({ single }) => single.best.honest)).toBeLessThan(0.36)
    expect(mean(({ single }) => single.best.optimism)).toBeGreaterThan(0.03)
  })

  it('does without test predictions', () => {
    const untested = pool.map(({ trial, validation }) => ({ trial, validation }))
    const { methods, single, rows } = buildEnsemble({ pool: untested, top: 4, tasks })
    expect(rows).toEqual({ validation: 120 })
    expect(methods.every((method) => !('test' in method))).toBe(true)
    expect('test' in single.best).toBe(false)
  })

  it('never lets test decide: other test labels change test figures only', () => {
    const other = pool.map((member) => ({
      ...member,
      test: new Map(
        [...(member.test ?? [])].map(([task, of]) => [
          task,
          { ...of, labels: of.labels.map((label) => (label + 1) % 3) },
        ]),
      ),
    }))
    const withoutTest = (key: string, value: unknown) => (key === 'test' ? undefined : value)
    expect(JSON.stringify(buildEnsemble({ pool: other, top: 4, tasks }), withoutTest)).toBe(
      JSON.stringify(report, withoutTest),
    )
  })
})

describe('what cannot be averaged is refused', () => {
  it.each([
    [
      'other ids',
      changed(3, ({ ids }) => ({ ids: ids.map((id, n) => (n === 4 ? 'x' : id)) })),
      /Trials 0 and 3 .*row 5 is val-4 and x in val of task shade/,
    ],
    [
      'other labels',
      changed(5, ({ labels }) => ({ labels: labels.map((label, n) => (n === 2 ? (label + 1) % 3 : label)) }), 'test'),
      /Trials 0 and 5 .*the label of test-2 is \w+ and \w+ in test/,
    ],
    [
      'other classes',
      changed(1, () => ({ classes: ['red', 'blue', 'green'] })),
      /Trials 0 and 1 .*red, green, blue and red, blue, green/,
    ],
    ['fewer rows', changed(2, ({ ids }) => ({ ids: ids.slice(1) })), /Trials 0 and 2 .*120 and 119 rows/],
    [
      'weights that were never trained',
      pool.map((one) => ({ ...one, trained: ![2, 6].includes(one.trial) })),
      /weights of trials 2, 6 were never trained/,
    ],
    ['a single trial', pool.slice(0, 1), /needs two trials with predictions; there is 1/],
    [
      'no test predictions of one trial',
      pool.map((one) => (one.trial === 4 ? { trial: 4, validation: one.validation } : one)),
      /Trials 0 and 4 .*only one of them/,
    ],
  ])('%s', (_, wrong, message) => {
    expect(() => buildEnsemble({ pool: wrong, top: 4, tasks })).toThrow(message)
  })
})

import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { appliedCalibration } from '../../src/protocol/calibration-file.ts'
import type { TaskPredictions } from '../../src/protocol/predictions.ts'
import { scaled } from '../../src/statistics/temperature.ts'
import { calibrationFile, calibrationLines, calibrationMetrics } from '../../src/trainer/calibrate.ts'
import { labelsFor, someProbabilities } from '../ensembles/a-pool.ts'

/** Rows whose labels follow from the probabilities, which are then sharpened: a model that is too sure. */
function predictions(split: 'val' | 'test', { rows = 400, sharper = 1 } = {}): TaskPredictions {
  const fair = someProbabilities(rows, rngFor(rows, split))
  return {
    task: 'tone',
    split,
    classes: ['bad', 'so-so', 'good'],
    ids: Array.from({ length: rows }, (_, n) => `${split}-${n}`),
    labels: labelsFor(fair, rngFor(rows, `${split} labels`)),
    probabilities: scaled(fair, 3, 1 / sharper),
  }
}

const input = (options: Parameters<typeof predictions>[1] = {}) => ({
  kind: 'temperature+bias' as const,
  validation: [predictions('val', options)],
  test: [predictions('test', options)],
  weights: 'abc',
})

describe('the calibration of a trial', () => {
  it('cools a model that is too sure, and says what it was before and is after', () => {
    const file = calibrationFile(input({ sharper: 3 }))
    const { temperature, validation, test } = file.tasks.tone ?? {}
    expect(temperature).toMatchObject({ applied: true })
    expect(temperature?.fitted).toBeGreaterThan(2)
    for (const change of [validation, test]) {
      expect(change?.after.ece).toBeLessThan((change?.before.ece ?? 0) / 2)
      expect(change?.after.logLoss).toBeLessThan(change?.before.logLoss ?? 0)
    }
    expect(file).toMatchObject({ format: 1, weights: 'abc', left: {} })
  })

  it('applies nothing that does not help out of fold, says so, and changes no figure then', () => {
    const files = [100, 150, 200, 250, 300, 350].map((rows) => calibrationFile(input({ rows })))
    const left = files
      .flatMap(({ tasks }) => tasks.tone ?? [])
      .filter((of) => !of.temperature.applied && !of.bias?.applied)
    expect(left.length).toBeGreaterThan(0)
    for (const of of left) {
      expect(of.validation.after).toEqual(of.validation.before)
      expect(of.test?.after).toEqual(of.test?.before)
      expect(of.temperature.reason).toMatch(/^Not applied, because it does not help/)
      expect(appliedCalibration(of)).toEqual({ temperature: 1, bias: [0, 0, 0] })
    }
    for (const { tasks } of files) {
      const { validation } = tasks.tone ?? {}
      expect(validation?.after.logLoss).toBeLessThanOrEqual(validation?.before.logLoss ?? 0)
      expect(validation?.after.macroF1).toBeGreaterThanOrEqual(validation?.before.macroF1 ?? 1)
    }
  })

  it('does not look at test: other test rows change test figures only', () => {
    const [one, other] = [input(), { ...input(), test: [predictions('test', { rows: 80 })] }].map(calibrationFile)
    const without = (file: typeof one) => ({ ...file?.tasks.tone, test: undefined })
    expect(without(other)).toEqual(without(one))
    expect(other?.tasks.tone?.test).not.toEqual(one?.tasks.tone?.test)
  })

  it('leaves biases out when they were not asked for', () => {
    expect(calibrationFile({ ...input(), kind: 'temperature' }).tasks.tone?.bias).toBeUndefined()
  })

  it('is not made from a handful of rows', () => {
    const file = calibrationFile(input({ rows: 19 }))
    expect(file.tasks).toEqual({})
    expect(file.left.tone).toMatch(/19 labelled validation rows/)
    expect(calibrationMetrics(file)).toEqual({})
    expect(calibrationLines(file)).toEqual([expect.stringContaining('tone was not calibrated')])
  })

  it('reports its figures beside those that trials are ranked by, not in their place', () => {
    const metrics = calibrationMetrics(calibrationFile(input({ sharper: 3 })))
    expect(Object.keys(metrics).sort()).toEqual([
      'test/calibrated_ece',
      'test/calibrated_macro_f1',
      'test/ece',
      'val/calibrated_ece',
      'val/calibrated_macro_f1',
      'val/ece',
    ])
  })
})

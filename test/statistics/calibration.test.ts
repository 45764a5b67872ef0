import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import {
  appliedOf,
  applyCalibration,
  calibrate,
  crossFitted,
  foldsByClass,
  NO_CALIBRATION,
} from '../../src/statistics/calibration.ts'
import { fitBias, namedWithBias } from '../../src/statistics/class-bias.ts'
import { confusion, macroF1 } from '../../src/statistics/classification.ts'
import { bootstrapCounts } from '../../src/statistics/count-bootstrap.ts'
import { calibrationError, reliabilityBins } from '../../src/statistics/reliability.ts'
import { type Judged, scaled } from '../../src/statistics/temperature.ts'
import { labelsFor, someProbabilities } from '../ensembles/a-pool.ts'

const f1 = (judged: Judged, named_N: Int32Array) =>
  macroF1(confusion(judged.labels_N, named_N, judged.classes), judged.classes)

/** Rows whose labels follow from the probabilities, which are then made too small for class 2. */
function shy(rows: number, seed: number): Judged {
  const fair_NC = someProbabilities(rows, rngFor(seed, 'probabilities'))
  const labels_N = labelsFor(fair_NC, rngFor(seed, 'labels'))
  const probabilities_NC = fair_NC.map((p, i) => (i % 3 === 2 ? p * 0.15 : p))
  for (let n = 0; n < rows; n++) {
    const row = probabilities_NC.subarray(3 * n, 3 * n + 3)
    const sum = row.reduce((a, b) => a + b, 0)
    for (let c = 0; c < 3; c++) row[c] = (row[c] as number) / sum
  }
  return { probabilities_NC, labels_N, classes: 3 }
}

const anyRows = fc
  .record({ rows: fc.integer({ min: 1, max: 40 }), classes: fc.integer({ min: 2, max: 4 }), seed: fc.nat(10_000) })
  .map(({ rows, classes, seed }): Judged => {
    const rng = rngFor(seed, 'rows')
    const raw = Array.from({ length: rows }, () => Array.from({ length: classes }, () => 0.01 + rng.uniform()))
    const probabilities_NC = Float32Array.from(raw.flatMap((row) => row.map((p) => p / row.reduce((a, b) => a + b, 0))))
    return { probabilities_NC, labels_N: Int32Array.from(raw, () => rng.below(classes + 1) - 1), classes }
  })

describe('the bias of classes', () => {
  it('is the threshold that parts two classes, in closed form', () => {
    // Class 1 truly begins at a probability of 0.3: log-odds of ln(0.3 / 0.7), with 0.2 and 0.4 next to it.
    const second = [0.05, 0.1, 0.2, 0.4, 0.6, 0.9]
    const judged = {
      probabilities_NC: second.flatMap((p) => [1 - p, p]),
      labels_N: Int32Array.of(0, 0, 0, 1, 1, 1),
      classes: 2,
    }
    const [first, other] = fitBias(judged) as [number, number]
    const odds = (p: number) => Math.log(p / (1 - p))
    expect(other - first).toBeCloseTo(-(odds(0.2) + odds(0.4)) / 2, 6)
    expect(first + other).toBeCloseTo(0, 12)
    expect(f1(judged, namedWithBias(judged.probabilities_NC, [first, other]))).toBe(1)
  })

  it('never has a lower macro-F1 on its own rows than none, and sums to 0', () => {
    fc.assert(
      fc.property(anyRows, (judged) => {
        const bias = fitBias(judged)
        const [none, some] = [NO_CALIBRATION(judged.classes).bias, bias].map((one) =>
          f1(judged, namedWithBias(judged.probabilities_NC, one)),
        ) as [number, number]
        expect(some).toBeGreaterThanOrEqual(none - 1e-12)
        expect(bias.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9)
        expect(Math.max(...bias.map(Math.abs))).toBeLessThan(2 * Math.log(20))
      }),
      { numRuns: 60 },
    )
  })

  it('is as good as the best point of a fine grid for two classes', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const rng = rngFor(seed, 'two')
        const p = Array.from({ length: 30 }, () => rng.uniform())
        const labels_N = Int32Array.from(p, (value) => (rng.uniform() < value ** 2 ? 1 : 0))
        const judged = { probabilities_NC: p.flatMap((value) => [1 - value, value]), labels_N, classes: 2 }
        const at = (bias: number[]) => f1(judged, namedWithBias(judged.probabilities_NC, bias))
        const grid = Array.from({ length: 601 }, (_, i) => at([0, (i - 300) / 100]))
        expect(at(fitBias(judged))).toBeGreaterThanOrEqual(Math.max(...grid) - 1e-12)
      }),
      { numRuns: 20 },
    )
  })

  it('moves nothing where the most probable class is right already', () => {
    const judged = { probabilities_NC: [0.9, 0.1, 0.2, 0.8], labels_N: Int32Array.of(0, 1), classes: 2 }
    expect(fitBias(judged)).toEqual([0, 0])
  })
})

describe('calibration', () => {
  it('gives back a class that the model is too shy of, on rows that were not fitted on', () => {
    const judged = shy(1200, 1)
    const verdict = calibrate(judged, { withBias: true, folds: 5 })
    expect(verdict.bias?.applied).toBe(true)
    expect(verdict.after.macroF1).toBeGreaterThan(verdict.before.macroF1 + 0.05)
    const [first = 0, , third = 0] = verdict.bias?.fitted ?? []
    expect(third - first).toBeGreaterThan(0.7)
    const fresh = shy(1200, 2)
    const { named_N } = applyCalibration(fresh.probabilities_NC, appliedOf(verdict, 3))
    const plain = applyCalibration(fresh.probabilities_NC, NO_CALIBRATION(3))
    expect(f1(fresh, named_N)).toBeGreaterThan(f1(fresh, plain.named_N) + 0.05)
  })

  it('is left out where the probabilities are right: noise is not worth a threshold', () => {
    const applied = Array.from({ length: 12 }, (_, seed) => {
      const probabilities_NC = someProbabilities(200, rngFor(seed, 'right'))
      const labels_N = labelsFor(probabilities_NC, rngFor(seed, 'right labels'))
      return calibrate({ probabilities_NC, labels_N, classes: 3 }, { withBias: true, folds: 5 }).bias?.applied
    })
    expect(applied.filter(Boolean).length).toBeLessThanOrEqual(3)
  })

  it('calibrates each fold by the others alone: a row does not change what happens to it', () => {
    const judged = shy(120, 3)
    const fold_N = foldsByClass(judged.labels_N, 4)
    const before = crossFitted(judged, fold_N, true)
    const row = 7
    // The row's own label is changed, and its folds are kept.
    const labels_N = judged.labels_N.map((label, n) => (n === row ? (label + 1) % 3 : label))
    const after = crossFitted({ ...judged, labels_N }, fold_N, true)
    expect(after.named_N[row]).toBe(before.named_N[row])
    expect(after.probabilities_NC.slice(3 * row, 3 * row + 3)).toEqual(
      before.probabilities_NC.slice(3 * row, 3 * row + 3),
    )
  })

  it('changes what is named by the bias alone and how sure it is by the temperature alone', () => {
    const judged = shy(100, 4)
    const cooled = applyCalibration(judged.probabilities_NC, { temperature: 3, bias: [0, 0, 0] })
    expect(cooled.named_N).toEqual(applyCalibration(judged.probabilities_NC, NO_CALIBRATION(3)).named_N)
    const biased = applyCalibration(judged.probabilities_NC, { temperature: 3, bias: [0, 0, 1] })
    expect(biased.probabilities_NC).toEqual(cooled.probabilities_NC)
    expect(biased.named_N).not.toEqual(cooled.named_N)
  })

  it('leaves rows without a label alone', () => {
    const judged = shy(60, 5)
    const some = { ...judged, labels_N: judged.labels_N.map((label, n) => (n % 2 === 0 ? label : -1)) }
    const fold_N = foldsByClass(some.labels_N, 5)
    expect([...fold_N].filter((fold) => fold === -1)).toHaveLength(30)
    expect(calibrate(some, { withBias: true, folds: 5 }).rows).toBe(30)
  })
})

describe('reliability', () => {
  it('has the bins and the error of a hand-made table', () => {
    // Two rows at .95 (one right), two at .65 (both right): |.95 - .5| / 2 + |.65 - 1| / 2.
    const judged = {
      probabilities_NC: [0.95, 0.05, 0.95, 0.05, 0.65, 0.35, 0.35, 0.65],
      labels_N: Int32Array.of(0, 1, 0, 1),
      classes: 2,
    }
    const filled = reliabilityBins(judged).filter(({ rows }) => rows > 0)
    expect(filled.map(({ from, rows, accuracy }) => [from, rows, accuracy])).toEqual([
      [0.6, 2, 1],
      [0.9, 2, 0.5],
    ])
    expect(calibrationError(judged)).toBeCloseTo(0.4, 9)
  })

  it('is about the class that is named, which need not be the most probable', () => {
    const judged = { probabilities_NC: [0.6, 0.4], labels_N: Int32Array.of(1), classes: 2 }
    expect(calibrationError(judged)).toBeCloseTo(0.6, 9)
    expect(calibrationError({ ...judged, named_N: [1] })).toBeCloseTo(0.6, 9)
    expect(reliabilityBins({ ...judged, named_N: [1] })[4]).toMatchObject({ rows: 1, accuracy: 1 })
  })

  it('does not mind sharpening where there is nothing to be unsure of', () => {
    const p = scaled([0.999, 0.001], 2, 0.5)
    expect(calibrationError({ probabilities_NC: p, labels_N: Int32Array.of(0), classes: 2 })).toBeLessThan(1e-4)
  })
})

describe('the bootstrap of counts', () => {
  it('has the standard error of a share that the binomial has', () => {
    const { standardError, interval } = bootstrapCounts(
      [80, 320],
      (counts) => (counts[0] as number) / ((counts[0] as number) + (counts[1] as number)),
      rngFor(1, 'share'),
    )
    expect(standardError).toBeCloseTo(Math.sqrt((0.2 * 0.8) / 400), 2)
    expect(interval.estimate).toBe(0.2)
    expect(interval.low).toBeGreaterThan(0.14)
    expect(interval.high).toBeLessThan(0.26)
  })
})

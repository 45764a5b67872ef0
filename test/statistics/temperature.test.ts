import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { calibrate } from '../../src/statistics/calibration.ts'
import { calibrationError } from '../../src/statistics/reliability.ts'
import { fitTemperature, isAtBound, logLoss, scaled } from '../../src/statistics/temperature.ts'
import { labelsFor, someProbabilities } from '../ensembles/a-pool.ts'

const probabilities_NC = someProbabilities(4000, rngFor(1, 'probabilities'))
const labels_N = labelsFor(probabilities_NC, rngFor(1, 'labels'))
const calibrated = { probabilities_NC, labels_N, classes: 3 }

describe('the temperature', () => {
  it('of calibrated probabilities is 1', () => {
    expect(fitTemperature(calibrated)).toBeCloseTo(1, 1)
    expect(calibrationError(calibrated)).toBeLessThan(0.03)
  })

  it('finds what the probabilities were sharpened or flattened by', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 4, noNaN: true }), (temperature) => {
        const distorted = { ...calibrated, probabilities_NC: scaled(probabilities_NC, 3, 1 / temperature) }
        expect(fitTemperature(distorted) / temperature).toBeCloseTo(1, 1)
      }),
      { numRuns: 8 },
    )
  })

  it('lowers log-loss and calibration error of a model that is too sure, and keeps the order of the classes', () => {
    const sure = { ...calibrated, probabilities_NC: scaled(probabilities_NC, 3, 0.3) }
    const cooled = { ...sure, probabilities_NC: scaled(sure.probabilities_NC, 3, fitTemperature(sure)) }
    expect(logLoss(cooled)).toBeLessThan(logLoss(sure))
    expect(calibrationError(cooled)).toBeLessThan(calibrationError(sure) / 3)
    const leader = (p_NC: ArrayLike<number>, n: number) =>
      [0, 1, 2].sort((a, b) => (p_NC[n * 3 + b] as number) - (p_NC[n * 3 + a] as number))[0]
    for (let n = 0; n < 100; n++) expect(leader(cooled.probabilities_NC, n)).toBe(leader(sure.probabilities_NC, n))
  })

  it('leaves rows without a label out, and lets no single row decide', () => {
    const one = { probabilities_NC: Float32Array.of(1, 0, 0.5, 0.5), labels_N: Int32Array.of(1, -1), classes: 2 }
    expect(logLoss(one)).toBeCloseTo(-Math.log(1e-12), 3)
    expect(Number.isFinite(fitTemperature(one))).toBe(true)
  })
})

describe('a temperature at the bound of its search', () => {
  it('is what rows without an error give, and is not applied', () => {
    const judged = {
      probabilities_NC: [0.7, 0.3, 0.2, 0.8, 0.6, 0.4, 0.1, 0.9],
      labels_N: Int32Array.of(0, 1, 0, 1),
      classes: 2,
    }
    const fitted = fitTemperature(judged)
    expect(isAtBound(fitted)).toBe(true)
    expect(isAtBound(1)).toBe(false)
    expect(calibrate(judged, { withBias: false, folds: 2 }).temperature.applied).toBe(false)
  })
})

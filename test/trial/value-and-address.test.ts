import { describe, expect, it } from 'vitest'
import { type AddressParts, trialAddresses } from '../../src/trial/address.ts'
import { historyOf } from '../../src/trial/history.ts'
import type { MetricSpec } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { bestOf, finalValue, isBetter } from '../../src/trial/value.ts'
import { sweepOf } from './a-sweep.ts'

const CURVE = [
  [1, 0.5],
  [2, 0.8],
  [3, Number.NaN],
  [4, 0.7],
] as const
const metric = (value: MetricSpec['value'], goal: MetricSpec['goal'] = 'maximize'): MetricSpec => ({
  name: 'f1',
  goal,
  value,
})

describe('finalValue', () => {
  it('is the last report, the best one, or what the result event says', () => {
    expect(finalValue(metric('last'), CURVE)).toBe(0.7)
    expect(finalValue(metric('best'), CURVE)).toBe(0.8)
    expect(finalValue(metric('best', 'minimize'), CURVE)).toBe(0.5)
    expect(finalValue(metric('best'), CURVE, { f1: 0.6 })).toBe(0.6)
    expect(finalValue(metric('last'), CURVE, { other: 1 })).toBe(0.7)
  })

  it('is NaN when that was reported last, or nothing else ever was', () => {
    expect(
      finalValue(metric('last'), [
        [1, 0.5],
        [2, Number.NaN],
      ]),
    ).toBeNaN()
    expect(finalValue(metric('best'), [[1, Number.NaN]])).toBeNaN()
    expect(finalValue(metric('best'), CURVE, { f1: Number.NaN })).toBeNaN()
  })

  it('is missing when the metric was never reported', () => {
    expect(finalValue(metric('last'), [])).toBeUndefined()
    expect(finalValue(metric('best'), [])).toBeUndefined()
  })
})

describe('isBetter and bestOf', () => {
  it('never take NaN for better', () => {
    for (const goal of ['minimize', 'maximize'] as const) {
      expect(isBetter(Number.NaN, 1, goal)).toBe(false)
      expect(isBetter(1, Number.NaN, goal)).toBe(true)
      expect(isBetter(Number.NaN, Number.NaN, goal)).toBe(false)
      expect(isBetter(1, 1, goal)).toBe(false)
      expect(bestOf([Number.NaN, 2, Number.NaN], goal)).toBe(2)
    }
    expect(isBetter(1, 2, 'minimize')).toBe(true)
  })
})

const trialAddress = ({ trainer, code, ...own }: AddressParts) => trialAddresses({ trainer, code })(own)

describe('trialAddresses', () => {
  const parts = {
    trainer: { kind: 'builtin', name: 'text-classifier' },
    params: { gamma: 2, boost: { a: 1, b: [1, 2] } },
    seed: 1,
    data: 'd',
    code: 'v1',
  } as const

  it('does not depend on the order of keys', () => {
    const turned = { ...parts, params: { boost: { b: [1, 2], a: 1 }, gamma: 2 } }
    expect(trialAddress(turned)).toBe(trialAddress(parts))
    expect(trialAddress(parts)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('changes with everything that changes the answer', () => {
    const { data: _, ...noData } = parts
    const others = [
      { ...parts, seed: 2 },
      { ...parts, code: 'v2' },
      { ...parts, data: 'e' },
      noData,
      { ...parts, params: { ...parts.params, gamma: 2.5 } },
      { ...parts, params: { ...parts.params, gamma: '2' } },
      { ...parts, trainer: { kind: 'function', name: 'text-classifier' } as const },
    ]
    expect(new Set([parts, ...others].map(trialAddress)).size).toBe(others.length + 1)
  })
})

describe('historyOf', () => {
  it('lists the trials of a configuration, also those created after the view was made', () => {
    const snapshot = sweepOf([[1, 2], [3]])
    const history = historyOf(snapshot)
    expect(history.trialsOf(0)).toEqual([0, 1])
    expect(history.trialsOf(1)).toEqual([2])
    expect(history.trialsOf(7)).toEqual([])
    ;(snapshot.trials as Trial[]).push({ ...(snapshot.trials[0] as Trial), number: 3, configuration: 1 })
    expect(history.trialsOf(1)).toEqual([2, 3])
    expect(historyOf(snapshot)).toMatchObject({ goal: 'maximize', trials: snapshot.trials })
  })
})

import { describe, expect, it } from 'vitest'
import { pruners } from '../../src/pruners/index.ts'
import { signedRankP } from '../../src/pruners/signed-rank.ts'
import { isControl, keptShare, trustAt } from '../../src/pruners/trust.ts'
import { aHistory, aTrial } from '../contracts/a-history.ts'

const completed = (number: number, ...values: number[]) =>
  aTrial({ number, curve: values.map((value, i) => [i + 1, value]), value: values.at(-1) as number })
const running = (number: number, ...values: number[]) =>
  aTrial({ number, state: 'running', curve: values.map((value, i) => [i + 1, value]) })
/** Twenty trials whose first value is x and whose last is `late(x)`. */
const sweepOf = (late: (x: number) => number) => Array.from({ length: 20 }, (_, x) => completed(x, x, x, late(x)))

describe('trust in early order', () => {
  it('grows with trials in order, and is gone where the order turns around', () => {
    const before = trustAt(aHistory([]), 1)
    expect(before.share).toBeGreaterThan(1 / 3)
    expect(trustAt(aHistory(sweepOf((x) => x)), 1).share).toBeLessThan(1 / 3)
    expect(trustAt(aHistory(sweepOf((x) => -x)), 1).share).toBe(1)
    expect(trustAt(aHistory(sweepOf((x) => (x * 7) % 20)), 1).share).toBeGreaterThan(before.share)
  })

  it('is the same when the goal and all values are turned around', () => {
    const history = (sign: number) =>
      sweepOf((x) => (x * 3) % 20).map((it) => completed(it.number, ...it.curve.map(([, value]) => sign * value)))
    const one = trustAt(aHistory(history(1), 'maximize'), 1)
    expect(trustAt(aHistory(history(-1), 'minimize'), 1).bound).toBeCloseTo(one.bound, 12)
  })

  it('learns nothing from a metric that never changes', () => {
    const { bound, compared } = trustAt(aHistory(sweepOf(() => 1)), 1)
    expect(compared).toBe(20)
    expect(bound).toBeLessThan(trustAt(aHistory([]), 1).bound)
  })

  it('keeps fewer the better early order is, and all where it is no guide', () => {
    expect(keptShare(0)).toBe(1)
    expect(keptShare(0.36)).toBeGreaterThan(0.5)
    expect(keptShare(0.97)).toBeLessThan(0.1)
  })

  it('has few controls', () => {
    const controls = Array.from({ length: 1000 }, (_, number) => number).filter((number) =>
      isControl(aTrial({ number })),
    )
    expect(controls).toEqual([0, 32, 96, 288, 864])
  })
})

describe('the pruner asha', () => {
  const others = [0.1, 0.2, 0.3, 0.4, 0.5].map((value, i) => running(i + 1, value))
  const judge = (value: number, options: object = {}) => {
    const trial = running(9, value)
    return pruners.asha.create({ trust: false, ...options }).judge(trial, aHistory([...others, trial]))
  }

  it('lets the best third of those known at a rung go on', () => {
    expect(judge(0.6).action).toBe('continue')
    expect(judge(0.45).action).toBe('continue')
    expect(judge(0.35)).toEqual({ action: 'stop', reason: 'At step 1 it was number 3 of 6, of which 2 go on.' })
  })

  it('takes NaN for worse than everything, and pauses where it is told to', () => {
    expect(judge(Number.NaN, { others: 'pause' })).toEqual({
      action: 'pause',
      reason: 'Paused at step 1: number 6 of 6, of which 2 go on.',
    })
  })

  it('judges at its rungs only', () => {
    const at = (length: number) => {
      const trial = running(9, ...Array.from({ length }, () => 0))
      const better = others.map(({ number }) => running(number, 1, 1, 1, 1, 1))
      return pruners.asha.create({ trust: false }).judge(trial, aHistory([...better, trial])).action
    }
    expect([1, 2, 3, 4].map(at)).toEqual(['stop', 'continue', 'stop', 'continue'])
  })
})

describe('the pruner median', () => {
  const others = [1, 2, 3, 4, 5].map((value) => completed(value, value, value, value))
  const judge = (options: object, ...values: number[]) =>
    pruners.median.create({ trust: false, ...options }).judge(running(9, ...values), aHistory(others)).action

  it('compares the best value so far with the completed trials at the same step', () => {
    expect(judge({}, 3)).toBe('continue')
    expect(judge({}, 2.9)).toBe('stop')
    expect(judge({}, 4, 0)).toBe('continue')
    expect(judge({}, Number.NaN)).toBe('stop')
  })

  it('judges nothing during its warm-up, nor before enough trials are completed', () => {
    expect(judge({ warmup: 1 }, 0)).toBe('continue')
    expect(judge({ warmup: 1 }, 0, 0)).toBe('stop')
    expect(judge({ startup: 6 }, 0)).toBe('continue')
  })
})

describe('the pruner wilcoxon', () => {
  it('knows the exact chances of small samples', () => {
    expect(signedRankP([1, 2, 3, 4, 5])).toBeCloseTo(1 / 32, 12)
    expect(signedRankP([-1, 2, 3, 4, 5])).toBeCloseTo(2 / 32, 12)
    expect(signedRankP([-1, -2, -3])).toBeCloseTo(1, 12)
    expect(signedRankP([0, 0])).toBe(1)
  })

  it('stops what is worse on every fold, at its looks only', () => {
    const best = completed(0, 1, 2, 3, 4, 5, 6, 7, 8)
    const worse = best.curve.map(([step, value]) => value - 0.1 * step)
    const judge = (folds: number) =>
      pruners.wilcoxon.create({}).judge(running(9, ...worse.slice(0, folds)), aHistory([best])).action
    expect([5, 6, 7].map(judge)).toEqual(['continue', 'stop', 'continue'])
  })
})

import { describe, expect, it } from 'vitest'
import { pruners } from '../../src/pruners/index.ts'
import { aHistory, aTrial } from '../contracts/a-history.ts'
import { prunerContract } from '../contracts/pruner.ts'

for (const [name, entry] of Object.entries(pruners)) prunerContract(name, entry)

const trialOf = (...values: number[]) => aTrial({ state: 'running', curve: values.map((value, i) => [i + 1, value]) })

describe('the pruner patience', () => {
  const judge = (options: unknown, ...values: number[]) =>
    pruners.patience.create(options).judge(trialOf(...values), aHistory([], 'maximize')).action

  it('stops after as many reports without an improvement as it was told', () => {
    expect(judge({ reports: 2 }, 0.5, 0.6, 0.6)).toBe('continue')
    expect(judge({ reports: 2 }, 0.5, 0.6, 0.6, 0.5)).toBe('stop')
  })

  it('does not count an improvement that is smaller than minDelta', () => {
    expect(judge({ reports: 2, minDelta: 0.05 }, 0.5, 0.51, 0.52)).toBe('stop')
  })

  it('judges nothing during its warm-up', () => {
    expect(judge({ reports: 1, warmup: 4 }, 0.5, 0.4, 0.3, 0.2)).toBe('continue')
    expect(judge({ reports: 1, warmup: 4 }, 0.5, 0.4, 0.3, 0.2, 0.1)).toBe('stop')
  })

  it('takes NaN for a report that is not better', () => {
    expect(judge({ reports: 2 }, 0.5, Number.NaN, Number.NaN)).toBe('stop')
    expect(judge({ reports: 2 }, Number.NaN, Number.NaN, 0.1)).toBe('continue')
  })

  it('refuses options that it does not have', () => {
    expect(() => pruners.patience.create({ report: 3 })).toThrow()
  })
})

describe('the pruner threshold', () => {
  const judge = (options: unknown, ...values: number[]) =>
    pruners.threshold.create(options).judge(trialOf(...values), aHistory([], 'minimize'))

  it('stops outside of its bounds and says by how much', () => {
    expect(judge({ upper: 10 }, 3, 11)).toEqual({ action: 'stop', reason: '11 at step 2 is above 10.' })
    expect(judge({ lower: 0 }, -1)).toEqual({ action: 'stop', reason: '-1 at step 1 is below 0.' })
    expect(judge({ lower: 0, upper: 10 }, 0, 10).action).toBe('continue')
  })

  it('stops what has diverged, but not during its warm-up', () => {
    expect(judge({}, 1, Number.NaN).action).toBe('stop')
    expect(judge({ warmup: 2 }, 1, Number.NaN).action).toBe('continue')
  })
})

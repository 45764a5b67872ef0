import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pruners } from '../../src/pruners/index.ts'
import { aHistory, aTrial } from '../contracts/a-history.ts'

const file = join(import.meta.dirname, '../../../shared/data/hpo/wandb_hyperband_116_runs.json')
const missing = existsSync(file) ? '' : ' (SKIPPED: the recorded curves of ../shared/data are not there)'

describe('the pruner wandb-hyperband', () => {
  it.skipIf(missing !== '')(`stops 15, then 10, then 5 of the 116 recorded curves${missing}`, () => {
    const { runs } = JSON.parse(readFileSync(file, 'utf8')) as { runs: number[][] }
    const pruner = pruners['wandb-hyperband'].create({ min_iter: 30, eta: 1.5, strict: false })
    const lengths = runs.map(() => 0)
    const stopped = new Set<number>()
    const counts = [32, 47, 100].map((length) => {
      runs.forEach((run, i) => {
        if (!stopped.has(i)) lengths[i] = Math.min(length, run.length)
      })
      const trials = runs.map((run, number) =>
        aTrial({
          number,
          state: stopped.has(number) ? 'pruned' : 'running',
          curve: run.slice(0, lengths[number]).map((value, i) => [i, value]),
        }),
      )
      const history = aHistory(trials)
      const now = trials.filter((trial) => trial.state === 'running' && pruner.judge(trial, history).action === 'stop')
      for (const { number } of now) stopped.add(number)
      return now.length
    })
    expect(counts).toEqual([15, 10, 5])
  })

  const running = (number: number, ...values: number[]) =>
    aTrial({ number, state: 'running', curve: values.map((value, i) => [10 * i, value]) })

  it('takes its bands from max_iter and s, and lets max_iter win over min_iter', () => {
    const judge = (options: object, values: number[]) => {
      const trials = [running(0, ...values), ...[1, 2, 3].map((n) => running(n, ...values.map(() => 1)))]
      return pruners['wandb-hyperband'].create(options).judge(trials[0] as (typeof trials)[number], aHistory(trials))
        .action
    }
    const options = { max_iter: 18, s: 2, eta: 3, min_iter: 1 }
    expect(judge(options, [0])).toBe('continue')
    expect(judge(options, [0, 0])).toBe('stop')
    expect(judge(options, [0, 1, 0, 0, 0])).toBe('continue')
    expect(judge(options, [0, 1, 0, 0, 0, 0])).toBe('stop')
    expect(judge({ ...options, strict: false }, [0, 1, 0, 0, 0, 0])).toBe('continue')
  })

  it('counts finite values, not steps', () => {
    const trials = [running(0, 0, Number.NaN), running(1, 1, 1), running(2, 1, 1)]
    const pruner = pruners['wandb-hyperband'].create({ min_iter: 2, eta: 2 })
    expect(pruner.judge(trials[0] as (typeof trials)[number], aHistory(trials)).action).toBe('continue')
  })
})

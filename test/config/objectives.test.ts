import { describe, expect, it } from 'vitest'
import { codesOf, load } from './workspace.ts'

const HEAD = 'method: grid\ncommand: [./train.sh]\nparameters: {a: {values: [1, 2]}}\n'

describe('several metrics, limits and a stop rule', () => {
  it('are read, the first metric being the main one', async () => {
    const text = `${HEAD}metrics:\n  - {name: acc, goal: maximize, target: 0.9}\n  - {name: size}\nlimits: {ms: {max: 50}, acc: {min: 0.1, max: 1}}\nstop: {expected_improvement: 0.002}\n`
    const spec = await load(text)
    expect(spec.metric).toMatchObject({ name: 'acc', goal: 'maximize', target: 0.9 })
    expect(spec.objectives).toEqual([
      { name: 'acc', goal: 'maximize' },
      { name: 'size', goal: 'minimize' },
    ])
    expect(spec.limits).toEqual([
      { name: 'ms', max: 50 },
      { name: 'acc', min: 0.1, max: 1 },
    ])
    expect(spec.stop).toEqual({ expectedImprovement: 0.002 })
  })

  it('leave a spec with one metric as it was', async () => {
    const spec = await load(`${HEAD}metrics: [{name: acc}]\n`)
    expect(spec.metric?.name).toBe('acc')
    expect(spec).not.toHaveProperty('objectives')
    expect(spec).not.toHaveProperty('limits')
  })

  it.each([
    ['metric and metrics', 'metric: {name: a}\nmetrics: [{name: a}]\n', 'KEYS_CONFLICT'],
    ['one metric twice', 'metrics: [{name: a}, {name: a, goal: maximize}]\n', 'KEYS_CONFLICT'],
    ['a limit that nothing keeps to', 'metric: {name: a}\nlimits: {b: {min: 2, max: 1}}\n', 'VALUE_RANGE'],
    ['a limit without an end', 'metric: {name: a}\nlimits: {b: {}}\n', 'KEY_MISSING'],
    ['a limit without a metric', 'limits: {b: {max: 1}}\n', 'KEY_MISSING'],
    ['a stop rule that never stops', 'metric: {name: a}\nstop: {expected_improvement: 0}\n', 'VALUE_RANGE'],
    ['a stop rule that says nothing', 'metric: {name: a}\nstop: {}\n', 'KEY_MISSING'],
  ])('refuse %s', async (_, text, code) => {
    expect((await codesOf(load(`${HEAD}${text}`))).join()).toContain(code)
  })
})

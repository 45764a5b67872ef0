import { expect, it } from 'vitest'
import { keptRules } from '../../src/reports/kept-rules.ts'
import type { NextDomain } from '../../src/reports/next-domain.ts'
import { nextSpace } from '../../src/reports/sections/next-space.ts'
import { load } from '../config/workspace.ts'
import { realisticSnapshot } from './fixture.ts'

const SPACE = `parameters:
  loss: {values: [ce, focal]}
  gamma: {values: [0, 1, 2], when: {loss: focal}}
  width: {values: [128, 256]}
  depth: {values: [4, 2]}
  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
  warmup: {min: 0, max: 9}
zip: [[width, depth]]
constraints:
  - forbid: {loss: focal, width: 256}
  - require: warmup <= 8
`
const HEAD = 'method: random\nrun_cap: 9\ncommand: [./train.sh]\nmetric: {name: f1, goal: maximize}\n'

it('proposes a space that is read again, with its conditions, zips and constraints', async () => {
  const spec = await load(`${HEAD}${SPACE}`)
  const snapshot = realisticSnapshot()
  const configurations = Array.from({ length: 12 }, (_, number) => ({
    number,
    params: {
      loss: number % 2 ? 'focal' : 'ce',
      ...(number % 2 ? { gamma: number % 3 } : {}),
      width: number % 2 ? 128 : number % 4 ? 256 : 128,
      depth: number % 2 ? 4 : number % 4 ? 2 : 4,
      lr: 10 ** (-1 - number / 4),
      warmup: number % 9,
    },
  }))
  const made = { ...snapshot, spec: { ...snapshot.spec, space: spec.space }, configurations }
  const blocks = nextSpace.create({}).render({ snapshot: made, sweepDir: '' })
  const code = blocks === 'nothing to show' ? undefined : blocks.find((block) => block.kind === 'code')
  const again = await load(`${HEAD}${code?.text}\n`)
  expect(Object.keys(again.space.parameters)).toContain('lr')
})

it('leaves out a parameter whose gate stays shut, and the rules that name it', () => {
  const space = {
    parameters: {},
    conditions: [{ parameter: 'gamma', when: { loss: ['focal'] } }],
    zipped: [],
    constraints: [{ forbid: { gamma: [1], width: [2] } }, { forbid: { width: [2], loss: ['ce', 'focal'] } }],
  }
  const at = (domain: NextDomain['domain']): NextDomain => ({ domain, why: '' })
  const proposal = (loss: NextDomain['domain']) =>
    new Map([
      ['loss', at(loss)],
      ['gamma', at({ values: [1, 2] })],
      ['width', at({ values: [1, 2] })],
    ])
  const shut = keptRules(space, proposal({ value: 'ce' }))
  expect([...shut.absent]).toEqual(['gamma'])
  expect(shut.rest.constraints).toEqual([{ forbid: { width: [2], loss: ['ce'] } }])
  expect(shut.left).toBe(1)
  const open = keptRules(space, proposal({ value: 'focal' }))
  expect([open.absent.size, open.when.size, open.left]).toEqual([0, 0, 0])
  expect(keptRules(space, proposal({ values: ['ce', 'focal'] })).when.get('gamma')).toEqual({ loss: ['focal'] })
})

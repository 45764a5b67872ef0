import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { SweepDefinition } from '../../src/config/define-sweep.ts'
import { listSweeps, loadSweep, resolveDefinition } from '../../src/config/load-sweep.ts'
import { codesOf, load, problemsOf, workspace } from './workspace.ts'

const FULL = `
description: Does focusing help?
method: grid
space: [gamma, boost]
parameters:
  loss: { values: [ce, focal] }
  alpha: { values: [0.25, 0.5], when: { loss: focal } }
  width: { values: [64, 128] }
  depth: { values: [1, 2] }
zip: [[width, depth]]
constraints:
  - forbid: { loss: ce, gamma: [2.0] }
  - require: depth <= 2
seeds: [3, 5]
metric: { name: val/macro_f1, goal: maximize, target: 0.9, value: best }
command: [./train.sh, "--seed=\${seed}", "\${args}"]
env: { OMP_NUM_THREADS: 1 }
params: { epochs: 12, batch: 16, steps: 1 }
pruner: { name: patience, reports: 3 }
resources: { gpus: 0.5, cpus: 2 }
run_cap: 100
parallel: 4
targets: { test/macro_f1: { minimum: 0.63, good: 0.65, excellent: 0.70 } }
ensemble: { top: 3 }
report: { formats: [csv], pattern: 'loss=(?<loss>\\S+)' }
grace: 10s
time_limit: 2h
max_failures: 9
retry: { crashed: 1, out_of_memory: 3, timedOut: 2, backoff: 30s }
out_of_memory: { halve: batch, double: [steps] }
sweep_seed: 7
reuse: false
`
const SPACES = {
  'search-spaces/gamma.yaml': 'description: How much to focus\nparameters:\n  gamma: { values: [0.0, 2.0] }\n',
  'search-spaces/boost.yaml': 'parameters:\n  boost: { min: 1, max: 3 }\nconstraints: [{ require: boost >= 1 }]\n',
}

describe('a sweep file that uses everything', () => {
  test('becomes a spec with every name and default resolved', async () => {
    const spec = await load(FULL, { others: SPACES })
    expect(spec).toMatchObject({
      format: 1,
      name: 'x',
      description: 'Does focusing help?',
      sampler: { name: 'grid', options: {} },
      pruner: { name: 'patience', options: { reports: 3 } },
      race: { name: 'all-seeds', options: {} },
      executor: { name: 'local', options: {} },
      fixed: { epochs: 12, batch: 16, steps: 1 },
      seeds: [3, 5],
      metric: { name: 'val/macro_f1', goal: 'maximize', target: 0.9, value: 'best' },
      trainer: { kind: 'command', env: { OMP_NUM_THREADS: '1' } },
      reports: { formats: ['csv'], pattern: 'loss=(?<loss>\\S+)' },
      resources: { gpus: 0.5, cpus: 2 },
      runCap: 100,
      parallel: 4,
      targets: { 'test/macro_f1': { minimum: 0.63, good: 0.65, excellent: 0.7 } },
      ensemble: { top: 3 },
      graceMs: 10_000,
      timeLimitMs: 7_200_000,
      maxFailuresInARow: 9,
      retry: { crashed: 1, outOfMemory: 3, timedOut: 2, backoffMs: 30_000 },
      outOfMemory: { halve: ['batch'], double: ['steps'] },
      sweepSeed: 7,
      reuse: false,
      notes: [],
    })
    expect(Object.keys(spec.space.parameters).sort()).toEqual(['alpha', 'boost', 'depth', 'gamma', 'loss', 'width'])
    expect(spec.space.conditions).toEqual([{ parameter: 'alpha', when: { loss: ['focal'] } }])
    expect(spec.space.zipped).toEqual([{ parameters: ['width', 'depth'] }])
    expect(spec.space.constraints).toEqual([
      { require: { left: 'boost', operator: '>=', right: 1 } },
      { forbid: { loss: ['ce'], gamma: [2] } },
      { require: { left: 'depth', operator: '<=', right: 2 } },
    ])
  })

  test('is the same after it was written as JSON and read again', async () => {
    const spec = await load(FULL, { others: SPACES })
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
  })
})

test('a bare W&B file gets the defaults of W&B', async () => {
  const spec = await load('program: train\nmethod: grid\nparameters: { a: { values: [1, 2] } }\n')
  expect(spec.trainer).toMatchObject({
    argv: [`\${env}`, `\${interpreter}`, `\${program}`, `\${args}`],
    program: 'train',
  })
  expect(spec).toMatchObject({ seeds: [1], resources: { gpus: 'auto', cpus: 1 }, graceMs: 30_000, reuse: true })
  expect(spec).not.toHaveProperty('metric')
})

test('bounds without a distribution are whole numbers or floats by how they are written', async () => {
  const spec = await load(
    'method: random\nrun_cap: 1\ncommand: [x]\nparameters:\n  a: {min: 0, max: 1}\n  b: {min: 0, max: 1.0}\n  c: {min: 1e-5, max: 1}\n',
  )
  expect(spec.space.parameters).toEqual({
    a: { distribution: 'int_uniform', min: 0, max: 1 },
    b: { distribution: 'uniform', min: 0, max: 1 },
    c: { distribution: 'uniform', min: 1e-5, max: 1 },
  })
  expect(spec.notes).toEqual(['sweeps/x.yaml:7: 1e-5 is read as the number 0.00001; W&B reads it as text.'])
})

test('exponents that look like limits are said, and so is a random sweep without an end', async () => {
  const spec = await load(
    'method: random\ncommand: [x]\nparameters:\n  lr: {distribution: log_uniform, min: 0.001, max: 0.1}\n',
  )
  expect(spec.notes).toEqual([
    'sweeps/x.yaml:4: parameters.lr is log_uniform, whose bounds are exponents of e: values from 1.001 to 1.105. If 0.001 and 0.1 are meant as limits, write log_uniform_values.',
    'sweeps/x.yaml:1: method: random has no end of its own; without run_cap the sweep runs until it is stopped.',
  ])
})

test('nested parameters keep their nesting, and conditions may name a neighbour', async () => {
  const spec = await load(
    'method: grid\ncommand: [x]\nparameters:\n  opt:\n    parameters:\n      name: {values: [sgd, adam]}\n      momentum: {values: [0.9], when: {name: sgd}}\n',
  )
  expect(spec.space.conditions).toEqual([{ parameter: 'opt.momentum', when: { 'opt.name': ['sgd'] } }])
})

test('YAML anchors and merge keys are followed', async () => {
  const spec = await load(
    'method: grid\ncommand: [x]\nparameters:\n  a: &rate {values: [1, 2]}\n  b: *rate\n  c: {<<: *rate}\n',
  )
  expect(spec.space.parameters.b).toEqual({ distribution: 'categorical', values: [1, 2] })
  expect(spec.space.parameters.c).toEqual(spec.space.parameters.b)
})

describe('--set', () => {
  const text =
    'method: random\nrun_cap: 3\nspace: gamma\nparams: {epochs: 12}\ncommand: [x]\nparameters:\n  opt.lr: {min: 0.1, max: 0.5}\n'
  const others = {
    'search-spaces/gamma.yaml': 'parameters:\n  gamma: {distribution: q_uniform, min: 0.0, max: 2.0, q: 0.5}\n',
  }

  test('changes top-level keys, fixed params, and parameters of the file and of its spaces', async () => {
    const overrides = [
      'seeds=[4, 5]',
      'params.epochs=3',
      'parameters.gamma.value=2',
      'parameters.opt.lr.max=0.2',
      'metric.name=loss',
    ]
    const spec = await load(text, { others, overrides })
    expect(spec.seeds).toEqual([4, 5])
    expect(spec.fixed).toEqual({ epochs: 3 })
    expect(spec.space.parameters).toEqual({
      gamma: { distribution: 'constant', value: 2 },
      'opt.lr': { distribution: 'uniform', min: 0.1, max: 0.2 },
    })
    expect(spec.metric).toMatchObject({ name: 'loss', goal: 'minimize' })
  })

  test('is checked like the file, and a problem names the flag', async () => {
    const [problem] = await problemsOf(load(text, { others, overrides: ['parameters.opt.lr.max=0.05'] }))
    expect(problem).toMatchObject({ code: 'SPACE_BOUNDS', message: expect.stringContaining('min 0.1 and max 0.05') })
  })
})

describe('a .ts sweep file', () => {
  const TEXT = `import { defineSweep } from 'sweep-gpus'
const rates: number[] = [0.1, 0.2]
export default defineSweep({
  method: 'grid',
  command: ['./train.sh'],
  parameters: { lr: { values: rates } },
})
`

  test('imports defineSweep from a folder without node_modules', async () => {
    const folder = workspace({ 'sweeps/typed.ts': TEXT })
    const spec = await loadSweep({ folder, sweep: 'typed', overrides: ['seeds=2'] })
    expect(spec).toMatchObject({ name: 'typed', seeds: [1, 2], trainer: { cwd: folder } })
    expect(spec.space.parameters).toEqual({ lr: { distribution: 'categorical', values: [0.1, 0.2] } })
  })

  test('gets the same checks, with its key paths', async () => {
    const folder = workspace({ 'sweeps/typed.ts': TEXT.replace('values: rates', 'min: 3, max: 1') })
    const [problem] = await problemsOf(loadSweep({ folder, sweep: 'typed' }))
    expect(problem).toMatchObject({ code: 'SPACE_BOUNDS', where: { file: 'sweeps/typed.ts' } })
    expect(problem?.message).toContain('parameters.lr has min 3 and max 1')
  })

  test('that throws, or exports nothing, is refused with its name', async () => {
    const folder = workspace({ 'sweeps/a.ts': 'throw new Error("no luck")\n', 'sweeps/b.ts': 'export const x = 1\n' })
    expect((await problemsOf(loadSweep({ folder, sweep: 'a' })))[0]?.message).toContain('cannot be loaded: no luck')
    expect(await codesOf(loadSweep({ folder, sweep: 'b' }))).toEqual(['TS_SWEEP_FILE:sweeps/b.ts'])
  })
})

test('sweep files are listed by name, and found by name and by path', async () => {
  const text = 'method: grid\ncommand: [x]\nparameters: {a: {value: 1}}\n'
  const folder = workspace({
    'sweeps/b.yml': text,
    'sweeps/a.yaml': text,
    'sweeps/README.md': '',
    'other/c.yaml': text,
  })
  expect(listSweeps(folder).map(({ name, shown }) => [name, shown])).toEqual([
    ['a', 'sweeps/a.yaml'],
    ['b', 'sweeps/b.yml'],
  ])
  expect(listSweeps(join(folder, 'other'))).toEqual([])
  expect((await loadSweep({ folder, sweep: 'other/c.yaml' })).name).toBe('c')
  expect((await loadSweep({ folder, sweep: join(folder, 'sweeps/b.yml') })).file).toBe(join(folder, 'sweeps/b.yml'))
})

test('a program is looked for from the folder of the project', async () => {
  const text = 'method: grid\nprogram: src/train.py\nparameters: {a: {value: 1}}\n'
  expect(await codesOf(load(text))).toEqual(['PROGRAM_MISSING:2'])
  expect(await codesOf(load(text, { others: { 'src/train.py': '' } }))).toEqual([])
})

test('an objective of the library takes the place of a trainer', async () => {
  const definition: SweepDefinition = { method: 'grid', parameters: { x: { values: [1, 2] } } }
  const spec = await resolveDefinition(definition, { name: 'mine', folder: workspace(), objective: 'square' })
  expect(spec).toMatchObject({
    name: 'mine',
    trainer: { kind: 'function', name: 'square' },
    executor: { name: 'inline' },
  })
  expect(spec).not.toHaveProperty('file')
})

describe('for definitions of every kind', () => {
  const number = fc.integer({ min: -50, max: 50 }).map((n) => n / 8)
  const scalar = fc.oneof(number, fc.boolean(), fc.constantFrom('adam', 'yes', '012', '1e-5', '1:30', ' x', '~', ''))
  const domain = fc.oneof(
    scalar.map((value) => ({ value })),
    fc.array(scalar, { minLength: 1, maxLength: 4 }).map((values) => ({ values })),
    fc.tuple(number, fc.integer({ min: 1, max: 9 })).map(([min, width]) => ({
      distribution: 'q_uniform' as const,
      min,
      max: min + width,
      q: 0.5,
    })),
  )
  const definition = fc.record(
    {
      method: fc.constantFrom('grid', { name: 'random' }),
      run_cap: fc.integer({ min: 1, max: 9 }),
      command: fc.constant(['./train.sh']),
      parameters: fc.dictionary(fc.constantFrom('a', 'b.c', 'd_e', 'f'), domain, { minKeys: 1, noNullPrototype: true }),
      params: fc.dictionary(fc.constantFrom('p', 'q'), scalar, { noNullPrototype: true }),
      seeds: fc.uniqueArray(fc.nat(100), { minLength: 1, maxLength: 4 }),
      time_limit: fc.integer({ min: 1, max: 1000 }),
    },
    { requiredKeys: ['method', 'run_cap', 'command', 'parameters'] },
  )

  test('YAML gives the same spec as TypeScript does, and JSON gives the spec back', async () => {
    const folder = workspace()
    mkdirSync(join(folder, 'sweeps'))
    await fc.assert(
      fc.asyncProperty(definition, async (written) => {
        const file = join(folder, 'sweeps/any.yaml')
        writeFileSync(file, stringify(written, { version: '1.1' }))
        const { file: _file, notes: _notes, ...fromYaml } = await loadSweep({ folder, sweep: 'any' })
        expect(JSON.parse(JSON.stringify(fromYaml))).toEqual(fromYaml)
        const { notes: _others, ...fromObject } = await resolveDefinition(written, { name: 'any', folder })
        expect(fromYaml).toEqual(fromObject)
        rmSync(file)
      }),
      { numRuns: 100 },
    )
  })
})

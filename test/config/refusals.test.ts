import { describe, expect, test } from 'vitest'
import { ProblemsError } from '../../src/base/errors.ts'
import { loadSweep } from '../../src/config/load-sweep.ts'
import { codesOf, load, problemsOf, workspace } from './workspace.ts'

/** Lines 1 and 2 of every file below, so that each file has one thing wrong with it. */
const HEAD = 'method: grid\ncommand: [./train.sh]\n'
const RANDOM = 'method: random\ncommand: [./train.sh]\n'

const CASES: readonly [what: string, text: string, expected: string][] = [
  ['an unknown key', `${HEAD}metrc: {name: loss}\nparameters: {a: {value: 1}}\n`, 'KEY_UNKNOWN:3'],
  ['swapped bounds', `${RANDOM}parameters:\n  lr:\n    min: 0.1\n    max: 0.01\n`, 'SPACE_BOUNDS:5'],
  ['equal bounds', `${HEAD}parameters:\n  n: {min: 3, max: 3}\n`, 'SPACE_BOUNDS:4'],
  ['a bound in quotes', `${RANDOM}parameters:\n  lr:\n    min: "0.1"\n    max: 0.5\n`, 'SPACE_BOUND_TYPE:5'],
  ['a bound that is a list', `${RANDOM}parameters:\n  lr:\n    min: [0]\n    max: 0.5\n`, 'SPACE_BOUND_TYPE:5'],
  [
    'a fraction in int_uniform',
    `${RANDOM}parameters:\n  n:\n    distribution: int_uniform\n    min: 0.5\n    max: 3\n`,
    'SPACE_BOUND_TYPE:6',
  ],
  [
    'a logarithm of 0',
    `${RANDOM}parameters:\n  lr:\n    distribution: log_uniform_values\n    min: 0\n    max: 3\n`,
    'SPACE_BOUNDS:6',
  ],
  [
    'probabilities that do not sum to 1',
    `${RANDOM}parameters:\n  a:\n    values: [1, 2]\n    probabilities: [0.5, 0.6]\n`,
    'SPACE_PROBABILITIES:6',
  ],
  [
    'probabilities that are too few',
    `${RANDOM}parameters:\n  a:\n    values: [1, 2]\n    probabilities: [1.0]\n`,
    'SPACE_PROBABILITIES:6',
  ],
  ['empty values', `${HEAD}parameters:\n  a:\n    values: []\n`, 'SPACE_VALUES:5'],
  ['values without a value', `${HEAD}parameters:\n  a:\n    values:\n`, 'SPACE_VALUES:5'],
  ['values that are no list', `${HEAD}parameters:\n  a:\n    values: 3\n`, 'SPACE_VALUES:5'],
  ['a parameter that is a number', `${HEAD}parameters:\n  a: 3\n`, 'PARAMETER_KEYS:4'],
  ['a parameter without its max', `${HEAD}parameters:\n  a: {min: 3}\n`, 'PARAMETER_KEYS:4'],
  [
    'a misspelt distribution',
    `${RANDOM}parameters:\n  a: {distribution: unifrom, min: 0, max: 1}\n`,
    'VALUE_UNKNOWN:4',
  ],
  ['no parameters', HEAD, 'NO_PARAMETERS:1'],
  ['empty parameters', `${HEAD}parameters: {}\n`, 'NO_PARAMETERS:3'],
  ['a name with a space', `${HEAD}parameters:\n  learning rate: {value: 1}\n`, 'PARAMETER_NAME:4'],
  ['a name that JavaScript has taken', `${HEAD}parameters:\n  __proto__: {value: 1}\n`, 'PARAMETER_NAME:4'],
  ['a key that stands twice', `${HEAD}parameters:\n  a: {value: 1}\n  a: {value: 2}\n`, 'YAML_DUPLICATE_KEY:5'],
  ['a bracket that is not closed', `${HEAD}parameters:\n  a: {values: [1, 2}\n`, 'YAML_SYNTAX:4'],
  ['a tab', `${HEAD}parameters:\n\ta: {value: 1}\n`, 'YAML_SYNTAX:4'],
  ['two documents', `${HEAD}---\nparameters: {a: {value: 1}}\n`, 'YAML_SYNTAX:3'],
  ['a tag of Python', `${HEAD}parameters:\n  a: {value: !!python/tuple [1]}\n`, 'YAML_TAG:4'],
  ['an infinite value', `${HEAD}parameters:\n  a: {values: [1.0, .inf]}\n`, 'NUMBER_NOT_EXACT:4'],
  [
    'a number with too many digits',
    `${HEAD}parameters:\n  a: {value: 12345678901234567890123}\n`,
    'NUMBER_NOT_EXACT:4',
  ],
  ['no method', 'command: [./train.sh]\nparameters: {a: {value: 1}}\n', 'METHOD_MISSING:1'],
  ['a misspelt method', 'method: gird\ncommand: [./train.sh]\nparameters: {a: {value: 1}}\n', 'VALUE_UNKNOWN:1'],
  ['a method of later', 'method: bohb\ncommand: [./train.sh]\nparameters: {a: {value: 1}}\n', 'NOT_AVAILABLE:1'],
  ['nothing to run', 'method: grid\nparameters: {a: {value: 1}}\n', 'NOTHING_TO_RUN:1'],
  [
    'a command that is one line',
    'method: grid\ncommand: python train.py\nparameters: {a: {value: 1}}\n',
    'VALUE_TYPE:2',
  ],
  [
    'a program that is not there',
    'method: grid\nprogram: nowhere.py\nparameters: {a: {value: 1}}\n',
    'PROGRAM_MISSING:2',
  ],
  ['a trainer and a command', `${HEAD}trainer: text-classifier\nparameters: {a: {value: 1}}\n`, 'KEYS_CONFLICT:2'],
  ['a misspelt goal', `${HEAD}metric: {name: a, goal: maximum}\nparameters: {a: {value: 1}}\n`, 'VALUE_UNKNOWN:3'],
  ['a metric that is a word', `${HEAD}metric: loss\nparameters: {a: {value: 1}}\n`, 'VALUE_TYPE:3'],
  ['a grid over a range', `${HEAD}parameters:\n  lr: {min: 0.0, max: 1.0}\n`, 'SPACE_NOT_GRIDDABLE:4'],
  ['no seeds', `${HEAD}seeds: 0\nparameters: {a: {value: 1}}\n`, 'VALUE_RANGE:3'],
  ['a seed twice', `${HEAD}seeds: [1, 2, 1]\nparameters: {a: {value: 1}}\n`, 'VALUE_RANGE:3'],
  ['one and a half GPUs', `${HEAD}resources: {gpus: 1.5}\nparameters: {a: {value: 1}}\n`, 'VALUE_RANGE:3'],
  ['a time without a unit that exists', `${HEAD}time_limit: 3 weeks\nparameters: {a: {value: 1}}\n`, 'VALUE_TYPE:3'],
  ['a retry of a kind that does not exist', `${HEAD}retry: {crash: 1}\nparameters: {a: {value: 1}}\n`, 'KEY_UNKNOWN:3'],
  ['half a retry', `${HEAD}retry: {crashed: 0.5}\nparameters: {a: {value: 1}}\n`, 'VALUE_RANGE:3'],
  [
    'one number of retries by two names',
    `${HEAD}retry: {timed_out: 1, timedOut: 2}\nparameters: {a: {value: 1}}\n`,
    'KEYS_CONFLICT:3',
  ],
  [
    'a memory rule for a parameter that no trial has',
    `${HEAD}out_of_memory: {halve: [a], double: [steps]}\nparameters: {a: {value: 8}}\n`,
    'MEMORY_RULE_PARAM:3',
  ],
  [
    'a memory rule that halves nothing',
    `${HEAD}out_of_memory: {double: [a]}\nparameters: {a: {value: 1}}\n`,
    'KEY_MISSING:3',
  ],
  ['a pattern that is none', `${HEAD}report: {pattern: "("}\nparameters: {a: {value: 1}}\n`, 'REPORT_PATTERN:3'],
  [
    'a null on the command line',
    `method: grid\ncommand: [x, "\${args}"]\nparameters: {a: {value: null}}\n`,
    'PARAM_NULL:3',
  ],
  ['a space that is not there', `${HEAD}space: gama\n`, 'SPACE_FILE_UNKNOWN:3'],
  [
    'a condition on nothing',
    `${HEAD}parameters:\n  a: {value: 1, when: {lss: x}}\n  loss: {value: x}\n`,
    'SPACE_REFERENCE:4',
  ],
  [
    'a condition that never holds',
    `${HEAD}parameters:\n  a: {value: 1, when: {b: 3}}\n  b: {values: [1, 2]}\n`,
    'SPACE_CONDITION:4',
  ],
  [
    'conditions in a circle',
    `${HEAD}parameters:\n  a: {value: 1, when: {b: 1}}\n  b: {value: 1, when: {a: 1}}\n`,
    'SPACE_CONDITION:4',
  ],
  [
    'a zip of unequal lists',
    `${HEAD}zip: [[a, b]]\nparameters:\n  a: {values: [1]}\n  b: {values: [1, 2]}\n`,
    'SPACE_ZIP:3',
  ],
  [
    'a zip with a range',
    `${HEAD}zip: [[a, b]]\nparameters:\n  a: {values: [1]}\n  b: {min: 1, max: 2}\n`,
    'SPACE_ZIP:3',
  ],
  [
    'a constraint of two kinds',
    `${HEAD}constraints: [{allow: 1}]\nparameters: {a: {value: 1}}\n`,
    'SPACE_CONSTRAINT:3',
  ],
  [
    'a constraint that is no comparison',
    `${HEAD}constraints: [{require: a <}]\nparameters: {a: {value: 1}}\n`,
    'SPACE_CONSTRAINT:3',
  ],
  [
    'an order of words',
    `${HEAD}constraints: [{require: a < 3}]\nparameters: {a: {values: [x]}}\n`,
    'SPACE_CONSTRAINT:3',
  ],
  [
    'constraints that leave nothing',
    `${HEAD}constraints: [{require: a > 3}]\nparameters: {a: {values: [1]}}\n`,
    'SPACE_NOTHING_LEFT:3',
  ],
  [
    'an early_terminate without its bands',
    `${HEAD}metric: {name: a}\nearly_terminate:\n  type: hyperband\nparameters: {a: {value: 1}}\n`,
    'KEY_MISSING:5',
  ],
  [
    'an option that a method does not have',
    'method: {name: grid, step: 2}\ncommand: [x]\nparameters: {a: {value: 1}}\n',
    'KEY_UNKNOWN:1',
  ],
  [
    'targets in disorder',
    `${HEAD}targets: {acc: {minimum: 0.5, good: 0.9, excellent: 0.7}}\nparameters: {a: {value: 1}}\n`,
    'VALUE_RANGE:3',
  ],
]

describe('a sweep file is refused, with its line, for', () => {
  test.each(CASES)('%s', async (_what, text, expected) => {
    expect(await codesOf(load(text))).toEqual([expected])
  })

  test('an override that does not fit, naming the flag', async () => {
    const text = `${HEAD}parameters: {a: {value: 1}}\n`
    expect(await codesOf(load(text, { overrides: ['seeds'] }))).toEqual(['OVERRIDE_FORM:--set seeds'])
    expect(await codesOf(load(text, { overrides: ['seeds=many'] }))).toEqual(['VALUE_TYPE:--set seeds=many'])
    const [problem] = await problemsOf(load(text, { overrides: ['epochs=3'] }))
    expect(problem).toMatchObject({ code: 'KEY_UNKNOWN', fix: '--set params.epochs=...' })
  })
})

test('all problems of a file come together, in the order of their lines, each with a way out', async () => {
  const text = 'methd: grid\nparameters:\n  lr:\n    min: 1.0\n    max: 0.1\n  a:\n    values: []\nseed: 3\n'
  const problems = await problemsOf(load(text))
  expect(problems.map(({ code, fix }) => [code, fix])).toEqual([
    ['KEY_UNKNOWN', 'method:'],
    ['METHOD_MISSING', 'method: grid'],
    ['NOTHING_TO_RUN', 'trainer: text-classifier, or program: train.py'],
    ['SPACE_BOUNDS', 'min: 0.1 and max: 1'],
    ['SPACE_VALUES', 'values: [a, b]'],
    ['KEY_UNKNOWN', 'seeds:'],
  ])
})

test.each([
  ['crash', 'crashed:'],
  ['oom', 'out_of_memory:'],
])('retry.%s is told the key that is meant', async (key, fix) => {
  const [problem] = await problemsOf(load(`${HEAD}retry: {${key}: 1}\nparameters: {a: {value: 1}}\n`))
  expect(problem).toMatchObject({ code: 'KEY_UNKNOWN', fix })
})

test('a message names the place, what was seen, what was expected and what happened', async () => {
  const text = `${RANDOM}parameters:\n  lr:\n    min: 0.1\n    max: 0.01\n`
  await expect(load(text)).rejects.toThrow(
    'sweeps/x.yaml:5: parameters.lr has min 0.1 and max 0.01; min must be below max. The two look swapped. Try: min: 0.01 and max: 0.1 [SPACE_BOUNDS]\nNothing was started.',
  )
})

test('an unknown sweep is answered with the near names, or with all of them', async () => {
  const folder = workspace({ 'sweeps/gamma-grid.yaml': HEAD, 'sweeps/patience.yml': HEAD })
  const error = await loadSweep({ folder, sweep: 'gama-grid' }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ProblemsError)
  expect(String(error)).toContain('Sweeps here: gamma-grid, patience. Try: gamma-grid [SWEEP_FILE_UNKNOWN]')
})

test('a name that two files have is not guessed', async () => {
  const folder = workspace({ 'sweeps/a.yaml': HEAD, 'sweeps/a.ts': 'export default {}' })
  expect(await codesOf(loadSweep({ folder, sweep: 'a' }))).toEqual(['SWEEP_FILE_TWICE:a'])
})

test('problems of a space file name that file, and a parameter defined twice names both places', async () => {
  const others = {
    'search-spaces/one.yaml': 'parameters:\n  a:\n    values: []\n',
    'search-spaces/two.yaml': 'parameters:\n  b: {values: [1]}\n',
  }
  const problems = await problemsOf(load(`${HEAD}space: [one, two]\nparameters:\n  b: {value: 2}\n`, { others }))
  expect(problems.map(({ code, where }) => [code, where])).toEqual([
    ['SPACE_VALUES', { file: 'search-spaces/one.yaml', line: 3 }],
    ['SPACE_CONFLICT', { file: 'sweeps/x.yaml', line: 5 }],
  ])
  expect(problems[1]?.message).toBe('Parameter b is defined here and in search-spaces/two.yaml:2.')
})

describe('settings of the text classifier', () => {
  const text = (params: string, gamma = 'values: [1.0, 2.0]') =>
    `method: grid\ntrainer: text-classifier\nparams:\n  data: quickstart\n${params}parameters:\n  gamma:\n    ${gamma}\n`

  test('are checked before anything starts, at the line where they are written', async () => {
    expect(await codesOf(load(text('  epochs: 12\n')))).toEqual([])
    expect(await codesOf(load(text('  epohcs: 12\n')))).toEqual(['SETTING:5'])
    expect(await codesOf(load(text('  epochs: many\n')))).toEqual(['SETTING:5'])
    expect(await codesOf(load(text('', 'values: [1.0, fast]')))).toEqual(['SETTING:6'])
  })

  test('include the data file, looked for in the folder of the project', async () => {
    const params = '  data: {file: texts.csv, text: text, tasks: {label: label}}\n'
    const sweep = `method: grid\ntrainer: text-classifier\nparams:\n${params}parameters:\n  gamma: {values: [1.0]}\n`
    expect(await codesOf(load(sweep))).toEqual(['SETTING:4'])
    const rows = `text,label\n${Array.from({ length: 18 }, (_, i) => `text ${i},${i % 2 === 0 ? 'a' : 'b'}\n`).join('')}`
    expect(await codesOf(load(sweep, { others: { 'texts.csv': rows } }))).toEqual([])
    expect(await codesOf(load(sweep, { others: { 'texts.csv': `${rows}odd,c\n` } })), 'one row').toEqual(['SETTING:4'])
    const twice = await load(sweep, { others: { 'texts.csv': `${rows}TEXT 3,a\n` } })
    expect(twice.notes).toEqual([expect.stringMatching(/x\.yaml:4: 1 text is there more than once/), expect.anything()])
  })

  test('name keys of data, tasks and classes that are meant', async () => {
    const [problem] = await problemsOf(
      load(text('').replace('quickstart', '{file: a.csv, tasks: {a: b}, group_by: c}')),
    )
    expect(problem).toMatchObject({ code: 'SETTING', where: { line: 4 }, fix: 'data.groupBy' })
    const [boost] = await problemsOf(load(text('  boost.yepl: 3\n')))
    expect(boost).toMatchObject({ code: 'SETTING', where: { line: 5 }, fix: 'boost.yelp' })
  })

  test('refuse to rank the worst first because nobody said which way a metric is better', async () => {
    const [problem, ...others] = await problemsOf(load(`${text('')}metric: {name: val/macro_f1}\n`))
    expect(problem).toMatchObject({ code: 'GOAL_MISSING', where: { line: 8 } })
    expect(problem?.fix).toBe('metric: { name: val/macro_f1, goal: maximize }')
    expect(others).toEqual([])
    expect((await load(`${text('')}metric: {name: val/loss}\n`)).metric?.goal).toBe('minimize')
    const { notes } = await load(`${text('')}metric: {name: test/macro_f1, goal: minimize}\n`)
    expect(notes.join('\n')).toMatch(/ranks the worst test\/macro_f1 first/)
    expect(notes.join('\n')).toMatch(/test rows.*Rank by val\/macro_f1\./)
  })

  test('refuse metrics and targets that no trial reports', async () => {
    const [metric, ...others] = await problemsOf(load(`${text('')}metric: {name: val/macro_f, goal: maximize}\n`))
    expect(metric).toMatchObject({ code: 'METRIC_UNKNOWN', where: { line: 8 }, fix: 'val/macro_f1' })
    expect(others).toEqual([])
    expect(await codesOf(load(`${text('')}targets:\n  test/f1.venue.yep: 0.5\n`))).toEqual(['METRIC_UNKNOWN:9'])
    expect(await codesOf(load(`${text('')}targets:\n  test/f1.venue.yelp: 0.5\n`))).toEqual([])
  })
})

test('a command with a parameter that no trial has is refused, and nested and fixed ones are found', async () => {
  const sweep = (name: string) =>
    `method: grid\ncommand:\n  - ./train.sh\n  - --x=\${param:${name}}\nparams: {data: {file: a.csv}}\n` +
    'parameters:\n  gamma: {values: [1, 2]}\n  adam:\n    parameters:\n      eps: {value: 1}\n'
  for (const name of ['gamma', 'adam.eps', 'adam', 'data.file']) expect(await codesOf(load(sweep(name)))).toEqual([])
  const [problem] = await problemsOf(load(sweep('gama')))
  expect(problem).toMatchObject({ code: 'COMMAND_PARAM_UNKNOWN', where: { line: 4 }, fix: `\${param:gamma}` })
})

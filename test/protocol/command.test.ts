import { describe, expect, test } from 'vitest'
import { renderCommand } from '../../src/protocol/command.ts'
import { pythonNumber } from '../../src/protocol/python-text.ts'

const params = { lr: 1e-5, bias: true, wide: false, name: "it's", layers: [1, 'a'], opt: { b: 0.5 } }
const env = { HOME: '/root', SWEEP_SEED: '7', SWEEP_TRIAL_DIR: '/t/3' }

/** `<args>` stands for W&B's macro of that name. */
function render(argv: readonly string[], given: Record<string, unknown> = params): string[] {
  const template = argv.map((chunk) => chunk.replace(/<([^>]+)>/g, (_, name: string) => `\${${name}}`))
  return renderCommand({ argv: template, program: 'train.py', params: given, paramsFile: '/t/params.json', env })
}

describe('a command template', () => {
  test("with W&B's default items, with values as Python writes them", () => {
    expect(render(['<env>', '<interpreter>', '<program>', '<args>'])).toEqual([
      '/usr/bin/env',
      'python',
      'train.py',
      '--lr=1e-05',
      '--bias=True',
      '--wide=False',
      "--name=it's",
      "--layers=[1, 'a']",
      "--opt={'b': 0.5}",
    ])
  })

  test.each([
    ['<args_no_equals>', ['--lr', '0.1', '--on', 'True', '--off', 'False']],
    ['<args_no_hyphens>', ['lr=0.1', 'on=True', 'off=False']],
    ['<args_no_boolean_flags>', ['--lr=0.1', '--on']],
    ['<args_json>', ['{"lr": 0.1, "on": true, "off": false}']],
    ['<args_json_file>', ['/t/params.json']],
  ])('with %s', (macro, expected) => {
    expect(render([macro], { lr: 0.1, on: true, off: false })).toEqual(expected)
  })

  test('drops an unknown macro and leaves one inside a longer item as it is, like W&B', () => {
    expect(render(['a', '<unknown>', 'x-<args>'])).toEqual(['a', `x-\${args}`])
  })

  test('looks variables up anywhere in an item, and leaves the bare name of one that is not set', () => {
    expect(render(['<envvar:HOME>/data', '<envvar:NOT_SET>'])).toEqual(['/root/data', 'NOT_SET'])
  })

  test('writes single parameters, the seed and the folder of the trial where they are named', () => {
    expect(render(['--rate=<param:lr>', '<param:opt.b>', '--seed=<seed>', '<trial_dir>/out'])).toEqual([
      '--rate=1e-05',
      '0.5',
      '--seed=7',
      '/t/3/out',
    ])
  })

  test('never reads a value as a macro', () => {
    expect(render(['<param:x>'], { x: `\${args}` })).toEqual([`\${args}`])
  })

  test('refuses a null among the arguments and a parameter that the trial does not have', () => {
    expect(() => render(['<args>'], { a: null })).toThrow(/Parameter a is null/)
    expect(() => render(['<param:nowhere>'])).toThrow(/\$\{param:nowhere\}, but this trial has: lr, bias/)
  })
})

test.each([
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [1.5e-7, '1.5e-07'],
  [-2.5e-10, '-2.5e-10'],
  [3, '3'],
  [1e22, '10000000000000000000000'],
  [0.1 + 0.2, '0.30000000000000004'],
  [Number.NaN, 'nan'],
])('%d is written as Python writes it', (value, text) => {
  expect(pythonNumber(value)).toBe(text)
})

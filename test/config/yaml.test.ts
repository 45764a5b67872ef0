import { describe, expect, test } from 'vitest'
import { Findings } from '../../src/config/findings.ts'
import { plainOf } from '../../src/config/located.ts'
import { readYaml } from '../../src/config/read-yaml.ts'
import { readPlainScalar } from '../../src/config/yaml-scalar.ts'

function read(text: string) {
  const findings = new Findings()
  const node = readYaml(text, 'f.yaml', findings)
  return { node, value: node && plainOf(node), findings }
}

describe('a plain scalar is read as PyYAML reads it', () => {
  test.each([
    // All but the 1e-5 family measured with PyYAML 6.0.3.
    ['1', 1, false],
    ['1.0', 1, true],
    ['-3', -3, false],
    ['+3', 3, false],
    ['1_000', 1000, false],
    ['012', 10, false],
    ['08', '08', false],
    ['0x1F', 31, false],
    ['0b101', 5, false],
    ['1:30', 90, false],
    ['1.', 1, true],
    ['.5', 0.5, true],
    ['-.5', '-.5', false],
    ['1.5e+3', 1500, true],
    ['yes', true, false],
    ['Off', false, false],
    ['y', 'y', false],
    ['n', 'n', false],
    ['~', null, false],
    ['', null, false],
    ['2020-01-01', '2020-01-01', false],
    ['0o17', '0o17', false],
    ['1e-5', 1e-5, true],
    ['1.0e5', 1e5, true],
    ['1E3', 1000, true],
    ['e3', 'e3', false],
    ['1.2.3', '1.2.3', false],
  ] as const)('%s', (text, value, isFloat) => {
    expect(readPlainScalar(text)).toMatchObject({ value, isFloat })
  })

  test.each(['1e-5', 'yes', 'off', '012', '1:30'])('and %s, whose meaning may surprise, is said', (text) => {
    expect(readPlainScalar(text).note).toContain(text)
  })

  test.each(['.inf', '.nan', '99999999999999999999'])('and %s, which cannot be kept, is marked', (text) => {
    expect(readPlainScalar(text).inexact).toBe(true)
  })
})

test('quoted scalars are text, whatever they look like', () => {
  expect(read('a: "1"\nb: \'yes\'\nc: |\n  1e-5\n').value).toEqual({ a: '1', b: 'yes', c: '1e-5\n' })
})

test('the tags that PyYAML knows are followed', () => {
  const { value } = read('a: !!float 1e-5\nb: !!str 5\nc: !!int "7"\nd: !!float 3\n')
  expect(value).toEqual({ a: 1e-5, b: '5', c: 7, d: 3 })
})

describe('brackets at the indentation of their key or left of it', () => {
  test.each([
    ['items at the indentation of the key', 'a:\n  values: [\n  1,\n  2,\n  ]\nb: 3\n'],
    ['items left of the key', 'a:\n  values: [\n1,\n2 ]\nb: 3\n'],
    ['a closing bracket at the very left', 'a:\n  values: [\n    1,\n    2,\n]\nb: 3\n'],
    ['comments and empty lines between the items', 'a:\n  values: [\n\n  1, # one\n# two\n  2\n  ]\nb: 3\n'],
  ])('are read whole: %s', (_what, text) => {
    const { value, findings } = read(text)
    expect(findings.problems).toEqual([])
    expect(value).toEqual({ a: { values: [1, 2] }, b: 3 })
  })

  test('keep their lines, so that a later problem is found where it stands', () => {
    const { node } = read('a: {\nx: 1,\n}\nb: 3\n')
    expect(node?.kind === 'map' && node.entries[1]?.keyPlace.line).toBe(4)
  })

  test('that are never closed are refused where they begin to be wrong, not read as something else', () => {
    const { value, findings } = read('a:\n  values: [1,\nb: 3\nc: 4\n')
    expect(value).toBeUndefined()
    expect(findings.problems[0]).toMatchObject({ code: 'YAML_SYNTAX' })
  })
})

test('an alias that holds itself ends with a problem', () => {
  expect(read('a: &x [*x]\n').findings.problems[0]).toMatchObject({ code: 'YAML_SYNTAX', where: { line: 1 } })
})

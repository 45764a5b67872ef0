import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { containedPath } from '../../src/base/contained-path.ts'
import { bytes, counted, duration, figure } from '../../src/base/human-readable.ts'

describe('duration', () => {
  it.each([
    [0, '0.0 s'],
    [830, '0.8 s'],
    [9_960, '10 s'],
    [42_000, '42 s'],
    [60_000, '1 min'],
    [192_000, '3 min 12 s'],
    [3_599_999, '1 h'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
    [-5, '0.0 s'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('says %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text))
})

describe('counted, bytes and figure', () => {
  it.each([
    [counted(1, 'trial'), '1 trial'],
    [counted(0, 'trial'), '0 trials'],
    [counted(12_345, 'GPU'), '12,345 GPUs'],
    [counted(2, 'box', 'boxes'), '2 boxes'],
    [bytes(512), '512 B'],
    [bytes(1434), '1.4 KiB'],
    [bytes(78 * 2 ** 30), '78 GiB'],
    [figure(0.581234), '0.5812'],
    [figure(12345.6), '12350'],
    [figure(1e-5), '1.00e-5'],
    [figure(0), '0'],
    [figure(Number.NaN), 'n/a'],
    [figure(undefined), 'n/a'],
    [figure(Number.NEGATIVE_INFINITY), '-inf'],
  ])('%s', (got, expected) => expect(got).toBe(expected))
})

describe('containedPath', () => {
  it('keeps paths inside their folder', () => {
    expect(containedPath('/runs/a', 'trials/0/weights')).toBe('/runs/a/trials/0/weights')
    expect(containedPath('/runs/a', '..b/c')).toBe('/runs/a/..b/c')
    expect(containedPath('/runs/a', '.')).toBe('/runs/a')
  })

  it.each(['..', '../b', 'x/../../b', '/etc/passwd'])('refuses %s', (path) => {
    expect(() => containedPath('/runs/a', path)).toThrow('leads out of /runs/a')
  })
})

describe('canonicalJson', () => {
  it('gives one text to equal values, whatever the order of their keys', () => {
    const text = canonicalJson({ b: [1, { d: null, c: 'x' }], a: -0, gone: undefined })
    expect(text).toBe('{"a":0,"b":[1,{"c":"x","d":null}]}')
    expect(text).toBe(canonicalJson({ a: 0, b: [1, { c: 'x', d: null }] }))
  })

  it('tells numbers that JSON has no words for from each other', () => {
    expect(canonicalJson([Number.NaN, Number.POSITIVE_INFINITY])).toBe('["NaN","Infinity"]')
  })
})

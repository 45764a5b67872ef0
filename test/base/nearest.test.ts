import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/base/nearest.ts'

const KNOWN = ['random', 'grid', 'bayes', 'hyperband', 'tpe']

describe('nearest', () => {
  it.each([
    ['randon', 'random'],
    ['gird', 'grid'],
    ['TPE', 'tpe'],
    ['tpee', 'tpe'],
    ['hyper', 'hyperband'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearest(typed, KNOWN)[0]).toBe(meant)
  })

  it('answers nothing when nothing is close', () => {
    expect(nearest('evolutionary', KNOWN)).toEqual([])
    expect(nearest('x', [])).toEqual([])
  })

  it('names three at most, the closest first', () => {
    expect(nearest('aaa', ['aab', 'aaa', 'aac', 'aad'])).toEqual(['aaa', 'aab', 'aac'])
  })
})

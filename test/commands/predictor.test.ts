import { describe, expect, it } from 'vitest'
import { readPredictor } from '../../src/commands/predictor.ts'

describe('what predicts is named by', () => {
  it.each([
    [['gamma-grid.3', 'new.csv'], { id: 'gamma-grid.3', file: 'new.csv' }],
    [['gamma-grid.3/17', 'new.csv'], { id: 'gamma-grid.3', trial: 17, file: 'new.csv' }],
    [['gamma-grid.3', '17', 'new.csv'], { id: 'gamma-grid.3', trial: 17, file: 'new.csv' }],
    [['runs/gamma-grid.3/trials/0017/', 'new.csv'], { id: 'runs/gamma-grid.3', trial: 17, file: 'new.csv' }],
    [['gamma-grid', '2024'], { id: 'gamma-grid', file: '2024' }],
  ])('%j', ([id = '', second = '', third], expected) => {
    expect(readPredictor(id, second, third)).toEqual(expected)
  })

  it.each([
    ['gamma-grid.3/1', '2', 'new.csv'],
    ['gamma-grid.3', 'new.csv', 'old.csv'],
  ])('not by %s %s %s', (...typed) => {
    expect(() => readPredictor(...typed)).toThrow(/Nothing was done/)
  })
})

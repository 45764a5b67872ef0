import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accuracy, argmaxRows, confusion, macroF1, perClass } from '../../src/statistics/classification.ts'

describe('classification figures', () => {
  // Worked by hand, and equal to scikit-learn's classification_report on the same eight rows.
  const labels = [0, 0, 0, 1, 1, 2, 2, 2]
  const predicted = [0, 0, 1, 1, 2, 2, 2, 0]
  const table = confusion(labels, predicted, 3)

  it('counts true classes in rows and predicted classes in columns', () => {
    expect([...table]).toEqual([2, 1, 0, 0, 1, 1, 1, 0, 2])
  })

  it('gives the precision, recall and F1 of each class', () => {
    const [first, second, third] = perClass(table, 3)
    expect(first).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 })
    expect(second).toEqual({ precision: 1 / 2, recall: 1 / 2, f1: 1 / 2, support: 2 })
    expect(third).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 })
    expect(macroF1(table, 3)).toBeCloseTo(11 / 18, 12)
    expect(accuracy(table, 3)).toBe(5 / 8)
  })

  it('counts a class that is never predicted, or has no rows, as 0 instead of leaving it out', () => {
    const oneClassOnly = confusion([0, 0, 1], [0, 0, 0], 3)
    const [first, second, third] = perClass(oneClassOnly, 3)
    expect(first?.f1).toBeCloseTo(0.8, 12)
    expect(second).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 })
    expect(third).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 })
    expect(macroF1(oneClassOnly, 3)).toBeCloseTo(0.8 / 3, 12)
  })

  it('leaves out rows that have no label', () => {
    expect([...confusion([-1, 0], [1, 0], 2)]).toEqual([1, 0, 0, 0])
    expect(accuracy(confusion([], [], 2), 2)).toBe(0)
  })

  it('refuses labels and predictions of different length', () => {
    expect(() => confusion([0], [0, 1], 2)).toThrow(/1 labels .* 2 predictions/)
  })

  it('picks the first of equal values in a row', () => {
    expect([...argmaxRows(new Float32Array([0.2, 0.8, 0.5, 0.5, -3, -4]), 2)]).toEqual([1, 0, 0])
  })

  it('stays in [0, 1] and gives each class F1 between its precision and its recall', () => {
    const pairs = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 60 })
    fc.assert(
      fc.property(pairs, (rows) => {
        const counts = confusion(
          rows.map(([label]) => label),
          rows.map(([, guess]) => guess),
          4,
        )
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(rows.length)
        for (const { precision, recall, f1 } of perClass(counts, 4)) {
          expect(f1).toBeGreaterThanOrEqual(Math.min(precision, recall) - 1e-12)
          expect(f1).toBeLessThanOrEqual(Math.max(precision, recall) + 1e-12)
        }
        expect(macroF1(counts, 4)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

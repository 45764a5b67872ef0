import { describe, expect, it } from 'vitest'
import { ensembleVerdict } from '../../src/reports/ensemble-verdict.ts'

function judged(figures: { best: number; mean: number; tests?: readonly [number, number, number] }) {
  const [test, best, mean] = figures.tests ?? [0.9, 0.7, 0.7]
  return {
    chosen: 'median',
    methods: [{ method: 'median', members: [3, 1, 4], honest: 0.78, test }],
    single: { best: { honest: figures.best, test: best }, mean: { validation: figures.mean, test: mean } },
  }
}

describe('ensembleVerdict', () => {
  it('calls it a gain only over the best and the mean single trial', () => {
    expect(ensembleVerdict(judged({ best: 0.77, mean: 0.775 }))).toMatchObject({ gain: true })
    const beforeMean = ensembleVerdict(judged({ best: 0.77, mean: 0.785 }))
    expect(beforeMean?.gain).toBe(false)
    expect(beforeMean?.text).toContain('No gain beyond noise')
    expect(ensembleVerdict(judged({ best: 0.79, mean: 0.77 }))?.gain).toBe(false)
    expect(ensembleVerdict(judged({ best: 0.78, mean: 0.77 }))?.gain).toBe(false)
  })

  it('shows test and never judges by it', () => {
    const worse = ensembleVerdict(judged({ best: 0.77, mean: 0.775, tests: [0.6, 0.7, 0.7] }))
    expect(worse?.gain).toBe(true)
    expect(worse?.text).toContain('not used to judge: ensemble 0.6000, best single trial 0.7000')
    expect(ensembleVerdict(judged({ best: 0.79, mean: 0.785, tests: [0.9, 0.7, 0.7] }))?.gain).toBe(false)
  })

  it('has nothing to say of a method that is not there', () => {
    expect(ensembleVerdict({ ...judged({ best: 0.7, mean: 0.7 }), chosen: 'stack' })).toBeUndefined()
  })
})

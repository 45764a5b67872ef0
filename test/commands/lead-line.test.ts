import { describe, expect, it } from 'vitest'
import { leadLine } from '../../src/commands/text/lead-line.ts'

const row = (configuration: number, mean: number, incomplete = false) => ({
  ...{ configuration, mean, incomplete, tiedWithBest: true },
})

describe('the line about the lead', () => {
  it('says that seeds are missing where one below has the better mean', () => {
    expect(leadLine([row(1, 0.8), row(4, 0.82, true)], 'maximize')).toMatch(
      /^Configuration #4 .* seeds of it are missing/,
    )
    expect(leadLine([row(1, 0.8), row(2, 0.81), row(4, 0.7, true)], 'minimize')).toContain('Configuration #4')
  })

  it('says that nothing can be told from one seed', () => {
    const top = [
      { ...row(1, 0.8), n: 1 },
      { ...row(4, 0.79), n: 3 },
    ]
    expect(leadLine(top, 'maximize')).toContain('luck cannot be told from merit yet')
  })

  it('speaks of noise once all seeds are in, and of missing ones beside it', () => {
    expect(leadLine([row(1, 0.8), row(4, 0.79)], 'maximize')).toBe('The lead is within seed noise.')
    expect(leadLine([row(1, 0.8), { ...row(4, 0.7), tiedWithBest: false }], 'maximize')).toContain('more than')
    expect(leadLine([row(1, 0.8), row(4, 0.79, true)], 'maximize')).toContain('may change')
  })
})

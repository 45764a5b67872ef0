import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { type FactorRow, factorEffects } from '../../src/statistics/parameter-effects.ts'

/** gamma adds 3 a level, boost 1, noise as asked; a full grid of 3 x 2 x 2 and a dead parameter. */
function grid(noise: number, seeds = 3): FactorRow[] {
  const rng = rngFor(11, 'grid')
  return [0, 1, 2].flatMap((gamma) =>
    [0, 1].flatMap((boost) =>
      ['a', 'b'].map((dead) => ({
        levels: { gamma: String(gamma), boost: String(boost), dead },
        values: Array.from({ length: seeds }, () => 3 * gamma + boost + noise * rng.normal()),
      })),
    ),
  )
}

describe('factorEffects', () => {
  it('finds the exact differences and shares of a grid without noise', () => {
    const { factors, noiseShare } = factorEffects(grid(0))
    expect(factors.map((f) => f.factor)).toEqual(['gamma', 'boost', 'dead'])
    // Variances of the two terms: 9 * 2/3 and 1/4.
    expect(factors[0]).toMatchObject({ highest: '2', lowest: '0', basis: 'matched' })
    expect(factors[0]?.difference.estimate).toBeCloseTo(6, 10)
    expect(factors[0]?.share).toBeCloseTo(6 / 6.25, 10)
    expect(factors[1]?.share).toBeCloseTo(0.25 / 6.25, 10)
    expect(factors[2]?.share).toBeCloseTo(0, 10)
    expect(noiseShare).toBeCloseTo(0, 10)
  })

  it('sees through seed noise: real effects stand out, the dead parameter does not', () => {
    const { factors, noiseShare } = factorEffects(grid(0.6))
    const named = Object.fromEntries(factors.map((f) => [f.factor, f]))
    expect(named.gamma?.difference.low).toBeGreaterThan(4)
    expect(named.dead?.difference.low).toBeLessThan(0)
    expect(named.dead?.p).toBeGreaterThan(0.05)
    expect(named.gamma?.p).toBeLessThan(1e-6)
    const shares = factors.reduce((sum, f) => sum + f.share, 0) + noiseShare
    expect(shares).toBeGreaterThan(0.9)
    expect(shares).toBeLessThan(1.1)
  })

  it('calls a dead parameter alive in about 5 % of pure noise, not more', () => {
    const rng = rngFor(12, 'null')
    let alarms = 0
    for (let i = 0; i < 600; i++) {
      const rows = ['a', 'b', 'c'].flatMap((level) =>
        [0, 1, 2, 3].map((other) => ({
          levels: { tested: level, other: String(other) },
          values: [rng.normal(), rng.normal(), rng.normal()],
        })),
      )
      const { difference } = factorEffects(rows).factors.find((f) => f.factor === 'tested') as {
        difference: { low: number }
      }
      if (difference.low > 0) alarms++
    }
    expect(alarms / 600).toBeLessThan(0.08)
  })

  it('compares whole groups where nothing is matched, as in a random search', () => {
    const rng = rngFor(13, 'random')
    const rows = Array.from({ length: 30 }, (_, i) => ({
      levels: { side: i % 2 ? 'left' : 'right', rate: String(rng.uniform()) },
      values: [(i % 2) * 5 + rng.normal()],
    }))
    const side = factorEffects(rows).factors.find((f) => f.factor === 'side')
    expect(side).toMatchObject({ basis: 'unmatched', highest: 'left' })
    expect(side?.difference.low).toBeGreaterThan(3)
  })

  it('uses the noise of the whole design when there is a single pair', () => {
    const [effect] = factorEffects([
      { levels: { a: '0' }, values: [1, 2, 3] },
      { levels: { a: '1' }, values: [2, 3, 4] },
    ]).factors
    // A plain two-sample t interval: 1 ± t(4) * sqrt(2/3).
    expect(effect?.difference.high).toBeCloseTo(1 + 2.776445 * Math.sqrt(2 / 3), 5)
  })

  it('gives to combinations what no parameter explains alone', () => {
    const rng = rngFor(14, 'interaction')
    const rows = [0, 1].flatMap((a) =>
      [0, 1].map((b) => ({
        levels: { a: String(a), b: String(b) },
        values: [0, 0, 0].map(() => (a === b ? 1 : 0) + 0.05 * rng.normal()),
      })),
    )
    const { factors, noiseShare, interactionShare } = factorEffects(rows)
    expect(interactionShare).toBeGreaterThan(0.9)
    const shares = factors.reduce((sum, { share }) => sum + share, 0)
    expect(shares + noiseShare + (interactionShare ?? 0)).toBeCloseTo(1, 1)
  })

  it('has nothing to say of nothing, of one level, or of equal values', () => {
    expect(factorEffects([]).factors).toEqual([])
    expect(factorEffects([{ levels: { a: '1' }, values: [1, 2] }]).factors).toEqual([])
    const flat = factorEffects([
      { levels: { a: '1' }, values: [1] },
      { levels: { a: '2' }, values: [1] },
    ])
    expect(flat.factors[0]?.share).toBe(0)
  })
})

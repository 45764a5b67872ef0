// Average ranks of methods over challenges, with the noise of the repeats.
import { type Rng, rngFor } from '../../src/base/rng.ts'
import { meanOf, quantiles } from '../../src/statistics/summary.ts'

/** By method: a figure a repeat, smaller is better. */
type Figures = ReadonlyMap<string, readonly number[]>

/** 1 = the best on every challenge. */
export interface AverageRank {
  readonly method: string
  readonly rank: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 2000

/**
 * Ranks by the mean over repeats, averaged over challenges; sorted, the best first. The interval covers 95 % of what
 * comes out when the repeats of each challenge are drawn anew, the same ones for all methods.
 */
export function averageRanks(challenges: readonly Figures[]): AverageRank[] {
  const methods = [...(challenges[0]?.keys() ?? [])]
  const rng = rngFor(1, 'ranks')
  const seen = ranksOf(challenges, methods, undefined)
  const drawn = Array.from({ length: RESAMPLES }, () => ranksOf(challenges, methods, rng))
  return methods
    .map((method, m) => {
      const of = drawn.map((ranks) => ranks[m] as number)
      const [low, high] = quantiles(of, [0.025, 0.975]) as [number, number]
      return { method, rank: seen[m] as number, low, high }
    })
    .sort((a, b) => a.rank - b.rank)
}

/** @returns the average rank of each method; of repeats drawn by `rng`, if there is one */
function ranksOf(challenges: readonly Figures[], methods: readonly string[], rng: Rng | undefined): number[] {
  const all = challenges.map((figures) => {
    const n = figures.get(methods[0] ?? '')?.length ?? 0
    const repeats = Array.from({ length: n }, (_, i) => rng?.below(n) ?? i)
    const means = methods.map((method) => meanOf(repeats.map((i) => figures.get(method)?.[i] as number)))
    return means.map((own) => {
      const better = means.filter((mean) => mean < own).length
      const equal = means.filter((mean) => mean === own).length
      return better + (equal + 1) / 2
    })
  })
  return methods.map((_, m) => meanOf(all.map((ranks) => ranks[m] as number)))
}

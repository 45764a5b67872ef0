import { normalQuantile } from '../space/normal.ts'

/**
 * Values for a model of normal noise: the better half as it is, the worse half as if it were the lower half of a normal
 * distribution whose upper half is the better one. So a diverged value of 1e3 counts as the worst and no more, while
 * among the good ones distances are kept.
 *
 * @param values larger is better; finite, in any order
 * @source Song et al., "The Vizier Gaussian Process Bandit Algorithm" (2024), half-rank warping; ties share their mean rank
 */
export function halfRanked(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  const median = ((sorted[Math.ceil(n / 2) - 1] as number) + (sorted[Math.floor(n / 2)] as number)) / 2
  const better = sorted.filter((value) => value >= median)
  const deviation = Math.sqrt(better.reduce((sum, value) => sum + (value - median) ** 2, 0) / better.length)
  // At least half of the values are the best one: only the order is left.
  const unit = deviation > 0 ? deviation : 1
  const ranks = meanRanks(sorted)
  return values.map((value) => {
    if (value >= median) return value
    return median + unit * normalQuantile((ranks.get(value) as number) / n)
  })
}

/** Middle rank, from 0.5 to n - 0.5, of each distinct value of a sorted list. */
function meanRanks(sorted: readonly number[]): Map<number, number> {
  const ranks = new Map<number, number>()
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    ranks.set(sorted[from] as number, (from + to) / 2)
  }
  return ranks
}

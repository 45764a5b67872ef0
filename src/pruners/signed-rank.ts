import { normalCdf } from '../space/normal.ts'

/** Up to so many differences without ties all sign patterns are counted. */
const MOST_EXACT = 30

/**
 * Wilcoxon's signed-rank test, one-sided: the chance of ranks as high as these, were positive and negative differences
 * equally likely. Small = the differences are positive.
 *
 * Zeros are left out. Exact without ties up to 30 differences, otherwise normal with corrections for ties and continuity.
 *
 * @source Wilcoxon, "Individual comparisons by ranking methods" (Biometrics Bulletin 1, 1945)
 */
export function signedRankP(differences: readonly number[]): number {
  const signed = differences.filter((it) => it !== 0).sort((a, b) => Math.abs(a) - Math.abs(b))
  const n = signed.length
  if (n === 0) return 1
  let [sum, ties] = [0, 0]
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && Math.abs(signed[to] as number) === Math.abs(signed[from] as number)) to++
    const many = to - from
    ties += many ** 3 - many
    for (; from < to; from++) if ((signed[from] as number) > 0) sum += to - (many - 1) / 2
  }
  if (ties === 0 && n <= MOST_EXACT) return exactTail(n, sum)
  const sd = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - ties / 48)
  return 1 - normalCdf((sum - (n * (n + 1)) / 4 - 0.5) / sd)
}

/** The chance of a sum of ranks of at least `sum`: counts the subsets of 1 ... n by their sums. */
function exactTail(n: number, sum: number): number {
  const most = (n * (n + 1)) / 2
  const chance = new Float64Array(most + 1)
  chance[0] = 1
  for (let rank = 1; rank <= n; rank++) {
    for (let total = most; total >= 0; total--) {
      const without = chance[total] as number
      chance[total] = (without + (total >= rank ? (chance[total - rank] as number) : 0)) / 2
    }
  }
  return chance.subarray(Math.max(0, sum)).reduce((all, it) => all + it, 0)
}

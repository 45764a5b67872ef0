import { incompleteBeta } from './incomplete-beta.ts'

/**
 * The chance that a Student t variable is below `t`.
 *
 * @param df degrees of freedom, above 0; need not be whole; Infinity is the normal limit (df = 1e6 is used)
 */
export function tCdf(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0
  const n = Math.min(df, 1e6)
  const tail = incompleteBeta(n / (n + t * t), n / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}

/**
 * The value that a Student t variable stays below with chance `p`: `tQuantile(0.975, df)` is the factor of a 95 %
 * interval. 0 gives -Infinity, 1 gives Infinity.
 */
export function tQuantile(p: number, df: number): number {
  if (Number.isNaN(p) || p < 0 || p > 1 || !(df > 0)) return Number.NaN
  if (p === 0.5) return 0
  if (p < 0.5) return -rememberedQuantile(p, df)
  return rememberedQuantile(1 - p, df)
}

// A ranking of 30,000 configurations asks for the same few quantiles again and again, and each is a long bisection.
const remembered = new Map<string, number>()
const MOST_REMEMBERED = 1000

function rememberedQuantile(tail: number, df: number): number {
  const key = `${tail} ${df}`
  let known = remembered.get(key)
  if (known === undefined) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    known = upperQuantile(tail, df)
    remembered.set(key, known)
  }
  return known
}

/** @returns t > 0 with chance `tail` above it; by bisection on the logarithm, which no df or tail can throw off. */
function upperQuantile(tail: number, df: number): number {
  if (tail === 0) return Number.POSITIVE_INFINITY
  let low = 1e-12
  let high = 1
  // Looked for in the lower tail, which keeps its digits where 1 - p has none left.
  while (tCdf(-high, df) > tail) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = low * 4 < high ? Math.sqrt(low * high) : (low + high) / 2
    if (tCdf(-middle, df) > tail) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The chance that an F variable with these degrees of freedom is above `f`: the p value of an analysis of variance. */
export function fTail(f: number, dfBetween: number, dfWithin: number): number {
  if (Number.isNaN(f) || !(dfBetween > 0) || !(dfWithin > 0)) return Number.NaN
  if (f <= 0) return 1
  return incompleteBeta(dfWithin / (dfWithin + dfBetween * f), dfWithin / 2, dfBetween / 2)
}

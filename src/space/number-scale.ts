/**
 * Places for the numbers of a list, in (0, 1): evenly spaced ones sit like the whole numbers of a range, in the middle
 * of n equal cells.
 *
 * Linear or logarithmic, whichever makes the gaps more even. Where neither does (a 0 before 0.0001 and 0.1, say) the
 * list is taken as it was written, each step as large as the next: who lists values means them to be comparable.
 *
 * @param sorted strictly growing, at least two
 */
export function placesOf(sorted: readonly number[]): number[] {
  const n = sorted.length
  const ranks = sorted.map((_, i) => i)
  const scales = (sorted[0] as number) > 0 ? [sorted.map(Math.log), sorted] : [sorted]
  const evenest = scales.map((scale) => ({ scale, unevenness: unevenness(scale) }))
  const best = evenest.reduce((a, b) => (b.unevenness < a.unevenness ? b : a))
  const scale = best.unevenness <= MOST_UNEVEN ? best.scale : ranks
  const first = scale[0] as number
  const range = (scale[n - 1] as number) - first
  return scale.map((value) => (0.5 + ((value - first) / range) * (n - 1)) / n)
}

/** A gap ten times as wide as another one makes the narrow one invisible to any model. */
const MOST_UNEVEN = 10

function unevenness(scale: readonly number[]): number {
  const gaps = scale.slice(1).map((value, i) => value - (scale[i] as number))
  return Math.max(...gaps) / Math.min(...gaps)
}

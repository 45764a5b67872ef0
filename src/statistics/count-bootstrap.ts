import type { Rng } from '../base/rng.ts'
import type { Interval } from './intervals.ts'
import { quantiles, summarize } from './summary.ts'

/** How much a figure would differ had other rows been drawn. */
export interface Resampled {
  /** Of the figure. */
  readonly standardError: number
  /** The middle 95 % of the draws around the figure itself. */
  readonly interval: Interval
}

const DRAWS = 1000
/** Above this a Poisson number is close enough to a normal one, and the loop below too long. */
const LARGE = 20

/**
 * Bootstrap of figures that depend on the rows only through how often each kind of row occurs, such as the cells of a
 * confusion table: each count is drawn from a Poisson distribution around itself, so that the effort does not depend
 * on the number of rows.
 *
 * @param counts by kind, whole numbers
 * @param figures several at once share their draws
 * @source Chamandy et al., "Estimating uncertainty for massive data streams" (Google 2012), section 2: the Poisson
 *   bootstrap; the interval is the percentile interval of Efron and Tibshirani (1993), 13.3
 */
export function bootstrapFigures(
  counts: ArrayLike<number>,
  figures: (counts: ArrayLike<number>) => readonly number[],
  rng: Rng,
): Resampled[] {
  const drawn = Array.from({ length: DRAWS }, () => figures(Array.from(counts, (count) => poisson(count, rng))))
  return figures(counts).map((estimate, i) => {
    const values = drawn.map((of) => of[i] as number)
    const [low = Number.NaN, high = Number.NaN] = quantiles(values, [0.025, 0.975])
    return { standardError: summarize(values).sd, interval: { estimate, low, high } }
  })
}

/** The same of one figure. */
export function bootstrapCounts(
  counts: ArrayLike<number>,
  figure: (counts: ArrayLike<number>) => number,
  rng: Rng,
): Resampled {
  return bootstrapFigures(counts, (of) => [figure(of)], rng)[0] as Resampled
}

/** @source Knuth, The Art of Computer Programming, vol. 2, 3.4.1, algorithm Q */
function poisson(mean: number, rng: Rng): number {
  if (mean <= 0) return 0
  if (mean > LARGE) return Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()))
  const limit = Math.exp(-mean)
  let k = -1
  for (let product = 1; product > limit; k++) product *= rng.uniform()
  return k
}

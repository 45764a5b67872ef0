import { mean, sampleVariance } from 'simple-statistics'
import type { Rng } from '../base/rng.ts'

/** Means of what competes, larger is better, each with the standard error that its noise gives it. */
export interface NoisyMeans {
  readonly means: readonly number[]
  /** Above 0; same length. */
  readonly standardErrors: readonly number[]
}

/** What being picked as the largest of several noisy means says, and what it does not. */
export interface WinnerJudgement {
  /** Index of the largest mean. */
  readonly winner: number
  /** Chance that the winner's true mean is the largest. */
  readonly probabilityBest: number
  /**
   * How much the largest of these means lies above the true mean of its owner, on average: the part of the winning
   * value that is luck. 0 or more, in the unit of the means.
   */
  readonly optimism: number
}

/** Enough for about one point of percentage; fewer when there are very many means, so that a report stays quick. */
const DRAWS = 4000
const FEWEST_DRAWS = 200
const MOST_NORMALS = 400_000

/**
 * The true means as a crowd: their spread is what is left of the spread of the noisy ones once noise is taken out,
 * and each is pulled towards the common mean by how noisy it is.
 *
 * @source empirical Bayes, normal model; Efron, "Tweedie's formula and selection bias" (JASA 2011)
 */
export function shrunkenMeans({ means, standardErrors }: NoisyMeans): { means: number[]; sds: number[] } {
  const centre = mean([...means])
  const noise = mean(standardErrors.map((error) => error ** 2))
  const spread = means.length < 2 ? 0 : Math.max(0, sampleVariance([...means]) - noise)
  const pull = standardErrors.map((error) => spread / (spread + error ** 2))
  return {
    means: means.map((value, i) => centre + (pull[i] as number) * (value - centre)),
    sds: standardErrors.map((error, i) => error * Math.sqrt(pull[i] as number)),
  }
}

/**
 * Judges the largest of several noisy means by seeded simulation.
 *
 * Both answers rest on {@link shrunkenMeans}: taking the noisy means for the true ones would count the luck that made
 * them different a second time. For the optimism, true means are drawn from what is believed of them, noise is added
 * as a new sweep would, and what the largest gained from it is averaged (a parametric bootstrap). Drawing matters: the
 * shrunken means themselves lie too close together, which makes luck look 10 to 20 % larger than it is.
 *
 * @param wanted draws; fewer are made when there are very many means
 */
export function judgeWinner(noisy: NoisyMeans, rng: Rng, wanted = DRAWS): WinnerJudgement {
  const k = noisy.means.length
  const winner = indexOfLargest(noisy.means)
  if (k < 2) return { winner, probabilityBest: 1, optimism: 0 }
  const truth = shrunkenMeans(noisy)
  const draws = Math.min(wanted, Math.max(FEWEST_DRAWS, Math.floor(MOST_NORMALS / k)))
  let best = 0
  let gained = 0
  for (let draw = 0; draw < draws; draw++) {
    const possible = truth.means.map((mean, i) => mean + (truth.sds[i] as number) * rng.normal())
    if (indexOfLargest(possible) === winner) best++
    const measured = possible.map((mean, i) => mean + (noisy.standardErrors[i] as number) * rng.normal())
    const picked = indexOfLargest(measured)
    gained += (measured[picked] as number) - (possible[picked] as number)
  }
  // Where all shrunken means are one point, the simulation has only ties to look at.
  const probabilityBest = truth.sds.every((sd) => sd === 0) ? 1 / k : best / draws
  return { winner, probabilityBest, optimism: Math.max(0, gained / draws) }
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0)
}

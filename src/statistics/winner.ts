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
 * them different a second time. The optimism is a parametric bootstrap: noise is added to the shrunken means again and
 * again, and what the largest gained from it is averaged.
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
    // One set of normals serves both questions: they are averaged apart, so that sharing costs no accuracy.
    const normals = noisy.means.map(() => rng.normal())
    const possible = normals.map((z, i) => (truth.means[i] as number) + (truth.sds[i] as number) * z)
    if (indexOfLargest(possible) === winner) best++
    const again = normals.map((z, i) => (truth.means[i] as number) + (noisy.standardErrors[i] as number) * z)
    const picked = indexOfLargest(again)
    gained += (again[picked] as number) - (truth.means[picked] as number)
  }
  // Where all shrunken means are one point, the simulation has only ties to look at.
  const probabilityBest = truth.sds.every((sd) => sd === 0) ? 1 / k : best / draws
  return { winner, probabilityBest, optimism: Math.max(0, gained / draws) }
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0)
}

import { normalCdf, normalQuantile } from '../space/normal.ts'
import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { completedOf } from './completed.ts'
import { badness, rungOf } from './rung.ts'

/** What is thought of early order before any trial has completed: a rank correlation, worth so many trials. */
const PRIOR = { correlation: 0.75, trials: 4 }
/** The bound lies this many standard errors below the estimate: 84 % one-sided. */
const ERRORS = 1
/** At or below this bound early order counts as no guide, and everything goes on. */
const NO_GUIDE = 0.1
/** The kept share holds a trial as good as the best of 30 (2 standard deviations) with this chance. */
const KEPT_CHANCE = 0.9
const AS_GOOD_AS = 2
/** The newest completed trials are compared; enough to know, and few enough to be quick. */
const MOST_COMPARED = 64
/** Trials 0, 32, 96, 288 ... run to their end whatever they report: a control that no rung has selected. */
const FIRST_CONTROL = 32
const CONTROL_GROWTH = 3
/** Two curves in perfect order are no proof: atanh has no end there. */
const MOST = 0.99

/** What early order at one step is worth in this sweep. */
export interface Trust {
  /** Lower bound of the rank correlation between values at this step and final ones. */
  readonly bound: number
  /** Completed trials behind it. */
  readonly compared: number
  /** Share of the trials that must go on; 1 = early order is no guide, the pruner keeps out of the way. */
  readonly share: number
}

/** Whether a trial is a control: it runs to its end, so that early and late order can be compared at all. */
export function isControl({ number }: Trial): boolean {
  if (number === 0) return true
  let control = FIRST_CONTROL
  while (control < number) control *= CONTROL_GROWTH
  return control === number
}

/**
 * How far early order at `step` may be trusted, judged by the completed trials of this very sweep.
 *
 * Let x be a trial's place at the step among all that came there and y its final place among the completed ones, both
 * as normal scores. Only the better ones at x usually complete, which makes their correlation r smaller than that of
 * all; with u = sd of x among all / among the completed, Pearson's correction is ρ̂ = r u / sqrt(1 + r² (u² - 1)).
 * On Fisher's scale z = atanh ρ the estimate is worth (n - 2) / u² trials; the prior above is worth its own; the bound
 * is tanh(z - ERRORS / sqrt(all of these)).
 *
 * With a bound ρ, a trial whose final score is m has the early score ρ m + sqrt(1 - ρ²) ε. It is kept with chance p
 * when the share Φ(z_p sqrt(1 - ρ²) - ρ m) goes on. ρ = 0.97 keeps a twentieth, 0.8 a fifth, 0.36 more than half.
 *
 * @source the kept share: alignment probability of ordinal optimization, Ho, Sreenivas, Vakili 1992 (here for a
 *   Gaussian copula); the correction for selected trials: Pearson 1903, Thorndike's case II (1949). Bounding by a
 *   prior and letting a pruner withdraw is ours.
 */
export function trustAt(history: History, step: number): Trust {
  const { z, worth, compared } = evidence(history, step)
  const trials = PRIOR.trials + worth
  const centre = (Math.atanh(PRIOR.correlation) * PRIOR.trials + z * worth) / trials
  const bound = Math.tanh(centre - ERRORS / Math.sqrt(trials))
  return { bound, compared, share: keptShare(bound) }
}

/** @param bound rank correlation, -1 to 1 @returns 0 to 1 */
export function keptShare(bound: number): number {
  if (bound <= NO_GUIDE) return 1
  return normalCdf(normalQuantile(KEPT_CHANCE) * Math.sqrt(1 - bound * bound) - bound * AS_GOOD_AS)
}

/** For verdicts: a sentence, with a space before it. */
export function trustWords({ bound, compared }: Trust): string {
  if (compared < 3) return ''
  const is = bound <= NO_GUIDE ? 'is no guide' : `is trusted to ${bound.toFixed(2)}`
  return ` Early order ${is} (rank correlation with final values, lower bound from ${compared} completed trials).`
}

/** The corrected correlation on Fisher's scale, and how many trials it is worth. */
function evidence(history: History, step: number): { z: number; worth: number; compared: number } {
  const { trials } = history
  const rung = rungOf(history, { step, group: '' })
  const early: number[] = []
  const came: number[] = []
  for (const number of completedOf(history).numbers.slice(-MOST_COMPARED)) {
    const standing = rung.standing(trials[number] as Trial)
    if (standing === undefined) continue
    early.push(normalQuantile((standing.rank - 0.5) / standing.known))
    came.push(number)
  }
  const compared = early.length
  if (compared < 3) return { z: 0, worth: 0, compared }
  const { r, spread } = correlation(early, finalScores(history, came))
  const u = Math.max(1, 1 / spread)
  const all = (r * u) / Math.sqrt(1 + r * r * (u * u - 1))
  return { z: Math.atanh(Math.max(-MOST, Math.min(MOST, all))), worth: (compared - 2) / (u * u), compared }
}

/** The newest answer of a list of trials: completed ones keep their value, and most rungs ask about the same. */
const scored = new WeakMap<readonly Trial[], { readonly numbers: string; readonly scores: readonly number[] }>()

function finalScores({ trials, goal }: History, of: readonly number[]): readonly number[] {
  const numbers = `${goal} ${of.join()}`
  const known = scored.get(trials)
  if (known?.numbers === numbers) return known.scores
  const scores = normalScores(of.map((number) => badness((trials[number] as Trial).value ?? Number.NaN, goal)))
  scored.set(trials, { numbers, scores })
  return scores
}

/** Equal values share the mean of their ranks: a metric that never changes orders nothing. */
function normalScores(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => compare(values[a] as number, values[b] as number))
  const scores = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++
    const score = normalQuantile((from + to) / 2 / values.length)
    for (; from < to; from++) scores[order[from] as number] = score
  }
  return scores
}

/** A difference would be NaN between two infinities. */
const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)

/** @returns Pearson's r (0 where one of both does not vary) and the standard deviation of `x` */
function correlation(x: readonly number[], y: readonly number[]): { r: number; spread: number } {
  const mean = (list: readonly number[]) => list.reduce((sum, it) => sum + it, 0) / list.length
  const [meanX, meanY] = [mean(x), mean(y)]
  let [xx, xy, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [(x[i] as number) - meanX, (y[i] as number) - meanY]
    xx += dx * dx
    xy += dx * dy
    yy += dy * dy
  }
  // A spread of nothing at all tells nothing: its correction would be infinite, its worth none.
  const spread = Math.max(1e-6, Math.sqrt(xx / (x.length - 1)))
  return { r: xx * yy === 0 ? 0 : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))), spread }
}

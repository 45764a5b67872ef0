import { type Axes, type Point, pointOf } from '../space/axes.ts'
import type { History } from '../trial/history.ts'
import type { Configuration, Trial } from '../trial/trial.ts'

/** Where to look (`good`) and where not (`bad`), each in the order proposed. */
export interface Halves {
  readonly good: readonly Point[]
  readonly bad: readonly Point[]
  /** Configurations with a result. */
  readonly finished: number
}

/** One finished configuration; smaller `loss` is better. */
interface Finished {
  readonly configuration: number
  /** -1 = completed; pruned ones by the last step they reached, the later the better. */
  readonly prunedAt: number
  readonly loss: number
}

/** A completed one; `loss` is the mean of its seeds. */
interface Seeds extends Finished {
  readonly count: number
  /** Sample variance of its seeds; NaN for a single one. */
  readonly variance: number
}

/** More kernels than these change the mixture by less than its noise, and asking must stay quick. */
const MOST_BAD = 300

/** min(ceil(0.1 n), 25), as in Optuna. */
export function goodCount(finished: number): number {
  return Math.min(Math.ceil(0.1 * finished), 25)
}

/**
 * Splits a history. One configuration is one observation, however many seeds it had; pending ones count as bad ("constant
 * liar"), so that those running at the same time are not all alike; failed ones are left out.
 */
export function halvesOf(axes: Axes, history: History): Halves {
  const sign = history.goal === 'maximize' ? -1 : 1
  const completed: Seeds[] = []
  const pruned: Finished[] = []
  const pending: number[] = []
  for (let number = 0; number < history.configurations.length; number++) {
    const own = history.trialsOf(number)
    const seeds = seedsOf(number, history, sign)
    if (seeds !== undefined) completed.push(seeds)
    else if (own.some((i) => isUnderWay(history.trials[i] as Trial))) pending.push(number)
    else {
      const stopped = own.find((i) => wasPruned(history.trials[i] as Trial))
      if (stopped !== undefined) pruned.push(prunedLoss(history.trials[stopped] as Trial, sign))
    }
  }
  const ranked = pruned.length === 0 ? shrunk(completed) : [...shrunk(completed), ...pruned]
  const good = smallest(ranked, goodCount(ranked.length)).map(({ configuration }) => configuration)
  const isGood = new Set(good)
  const bad: number[] = []
  for (const { configuration } of ranked) if (!isGood.has(configuration)) bad.push(configuration)
  return {
    good: pointsOf(axes, history, good),
    bad: pointsOf(axes, history, [...thinned(bad, MOST_BAD), ...thinned(pending, MOST_BAD)]),
    finished: ranked.length,
  }
}

const isUnderWay = ({ state }: Trial) => state === 'waiting' || state === 'running' || state === 'paused'
const wasPruned = ({ state, curve }: Trial) => state === 'pruned' && curve.length > 0

function pointsOf(axes: Axes, { configurations }: History, numbers: readonly number[]): Point[] {
  const found: Point[] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const point = pointOf(axes, (configurations[number] as Configuration).params)
    if (point !== undefined) found.push(point)
  }
  return found
}

function seedsOf(configuration: number, { trials, trialsOf }: History, sign: 1 | -1): Seeds | undefined {
  let count = 0
  let sum = 0
  let squares = 0
  for (const number of trialsOf(configuration)) {
    const { state, value } = trials[number] as Trial
    if (state !== 'completed' || value === undefined) continue
    count++
    sum += sign * value
    squares += value * value
  }
  if (count === 0) return undefined
  const loss = Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum / count
  const variance = count > 1 ? Math.max(0, (squares - count * loss * loss) / (count - 1)) : Number.NaN
  return { configuration, prunedAt: -1, loss, count, variance }
}

function prunedLoss({ configuration, curve }: Trial, sign: 1 | -1): Finished {
  const [step, value] = curve[curve.length - 1] as readonly [number, number]
  return { configuration, prunedAt: step, loss: Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value }
}

/**
 * Means drawn towards the middle of all, the more the fewer seeds they rest on: one lucky seed is not good by itself.
 * Where all have equally many seeds, the order is that of the means.
 *
 * @source empirical Bayes with a normal prior; medians instead of means, because diverged values are no outliers here
 */
function shrunk(seeds: readonly Seeds[]): readonly Finished[] {
  const plain = seeds.every(({ count }) => count === seeds[0]?.count)
  const noise = plain ? undefined : median(seeds.map(({ variance }) => variance))
  if (noise === undefined) return seeds
  const means = seeds.map(({ loss }) => loss)
  const middle = median(means) ?? 0
  const deviation = (median(means.map((mean) => Math.abs(mean - middle))) ?? 0) * MAD_TO_DEVIATION
  const spread = Math.max(deviation ** 2 - noise, noise / 100)
  return seeds.map((it) => {
    const trust = !Number.isFinite(it.loss) || spread === 0 ? 1 : spread / (spread + noise / it.count)
    return trust === 1 ? it : { ...it, loss: middle + trust * (it.loss - middle) }
  })
}

/** Standard deviation of a normal distribution whose median absolute deviation is 1. */
const MAD_TO_DEVIATION = 1.4826

/** Of the finite ones; undefined without any. */
function median(values: readonly number[]): number | undefined {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort()
  if (sorted.length === 0) return undefined
  const n = sorted.length
  return ((sorted[(n - 1) >> 1] as number) + (sorted[n >> 1] as number)) / 2
}

function isBetter(a: Finished, b: Finished): boolean {
  if (a.prunedAt === b.prunedAt) return a.loss < b.loss || (a.loss === b.loss && a.configuration < b.configuration)
  if (a.prunedAt < 0 || b.prunedAt < 0) return a.prunedAt < 0
  return a.prunedAt > b.prunedAt
}

/** The best `count`, without sorting all: there are at most 25. */
function smallest(items: readonly Finished[], count: number): Finished[] {
  const best: Finished[] = []
  for (const item of items) {
    const last = best[best.length - 1]
    if (best.length === count && (last === undefined || !isBetter(item, last))) continue
    let at = best.length
    while (at > 0 && isBetter(item, best[at - 1] as Finished)) at--
    best.splice(at, 0, item)
    if (best.length > count) best.pop()
  }
  return best
}

/** At most `most` of them, evenly spread over their order, the last one included. */
function thinned(numbers: readonly number[], most: number): number[] {
  const n = numbers.length
  if (n <= most) return [...numbers]
  return Array.from({ length: most }, (_, i) => numbers[Math.floor(((i + 1) * n) / most) - 1] as number)
}

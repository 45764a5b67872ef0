import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { type Axes, type Point, paramsAt, pointKey, pointOf, settled } from '../space/axes.ts'
import { allPoints } from '../space/axes-walk.ts'
import type { Params } from '../space/domain.ts'
import { samplePoint } from '../space/sample.ts'
import { fitGaussianProcess, type GaussianProcess } from '../statistics/gaussian-process/fit.ts'
import { observationsOf } from '../statistics/gaussian-process/observations.ts'
import { sobolSequence } from '../statistics/low-discrepancy/sobol.ts'
import type { History } from '../trial/history.ts'
import { chanceOfEnding } from './gp-feasibility.ts'
import { climb, type Found, type Hill, judged, spreadPoints } from './gp-search.ts'
import { halfRanked } from './half-rank.ts'
import { knownPoints } from './known-points.ts'
import { type ModelSpace, modelSpaceOf } from './model-space.ts'
import type { Sampler, SuggestRequest } from './sampler.ts'

/** Points of the first look at the acquisition: half of Optuna's, as the climbs find the rest. */
const POINTS = 1024
/** Smaller spaces are looked at as a whole. */
const SMALL = 2048
/** Points that differ by less than this share of each range are one to any trainer. */
const SAME = 1e-6
/** A trial is not started where its chance not to fail is less than this share of the leaders'. */
const LIKELY = 0.5
/** Configurations that the model is fitted to; of more, the best half and an even choice of the others. */
export const MOST_POINTS = 150

const options = z.object({
  startup: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Configurations spread over the space before the model is asked. Default: 10, or fewer where there are fewer than four parameters.',
    ),
})

/**
 * Gaussian process on the means over seeds, with expected improvement of the latent mean.
 *
 * Departs from the usual (Jones et al. 1998; Optuna's GPSampler) in what noise asks for: the noise of a seed is learned
 * from replicates and from the misfit, means of n seeds have the n-th part of it, and improvement is counted over the
 * largest posterior mean, not over the luckiest value (Gramacy and Lee 2011). Values are warped (half-rank), trials
 * that run count with what is expected of them. Pruned trials count as no better than the median; failed ones
 * have no value and only tell where trials fail (gp-feasibility.ts). Its time grows with the number of configurations
 * up to MOST_POINTS.
 */
export const gp = entry({
  summary: 'Gaussian process with noise learned from the seeds: the most from few, slow trials.',
  options,
  create: ({ startup }): Sampler => ({
    suggest: (request) => suggest(request, startup),
    total: () => undefined,
    explain: (space) =>
      `A Gaussian process over the means of all seeds, after ${startupOf(modelSpaceOf(space).axes, startup)} configurations spread over the space.`,
  }),
})

function suggest(request: SuggestRequest, startup: number | undefined): { readonly params: Params } | undefined {
  const { space, history, rng } = request
  const model = modelSpaceOf(space)
  const { axes } = model
  const taken = knownPoints(axes, history.configurations)
  const isNew = (point: Point) => !taken.has(pointKey(settled(axes, point)))
  const left = smallSpace(axes)?.filter(isNew)
  if (left?.length === 0) return undefined
  const early = history.configurations.length < startupOf(axes, startup)
  const belief = early ? undefined : beliefOf(history, model)
  if (belief === undefined) return { params: spread(request, model, left) }
  const { process, pending, best, leaders } = belief
  const weight = weightOf(request, model, leaders)
  const hill = { model, posterior: process.withPending(pending), best, ...(weight && { weight }) }
  const found = left === undefined ? climb(hill, { rng, leaders, points: POINTS }) : judged(hill, left)
  // Levels are apart as their list says, however near each other.
  const isApart = left === undefined ? apartFrom(history, model) : () => true
  const first = found.find((it) => isNew(it.point) && isApart(it))
  return { params: first === undefined ? samplePoint(space, rng) : paramsAt(axes, first.point) }
}

/**
 * Logarithm of the chance that a trial at a point does not fail, to weigh what it gains; minus infinity where that is
 * much less than among the leaders, for gains differ by more orders of magnitude than any such chance.
 */
function weightOf({ history }: SuggestRequest, model: ModelSpace, leaders: readonly Point[]): Hill['weight'] {
  const chance = chanceOfEnding(history, model)
  if (chance === undefined) return undefined
  const least = LIKELY * Math.max(...leaders.map(chance))
  return (point) => {
    const its = chance(point)
    return its < least ? Number.NEGATIVE_INFINITY : Math.log(its)
  }
}

/** Whether a point is farther than {@link SAME} from all configurations: a nearer one would only measure one of them again. */
function apartFrom({ configurations }: History, model: ModelSpace): (found: Found) => boolean {
  const known = configurations.flatMap(({ params, lost }) => {
    const point = lost ? undefined : pointOf(model.axes, params)
    return point === undefined ? [] : [model.features(point)]
  })
  const isSame = (a: number, b: number) => Math.abs(a - b) < SAME || (Number.isNaN(a) && Number.isNaN(b))
  return ({ features_D }) => !known.some((other_D) => other_D.every((at, d) => isSame(at, features_D[d] as number)))
}

/** Two for each axis and two more, at most 10. */
function startupOf({ list }: Axes, startup: number | undefined): number {
  return startup ?? Math.min(10, 2 + 2 * list.length)
}

/** The point of the sweep's own Sobol sequence with the configuration's number; another one if it is not new or allowed. */
function spread(request: SuggestRequest, model: ModelSpace, left: readonly Point[] | undefined): Params {
  const { space, configuration, sweepSeed, rng, history } = request
  const [point] = spreadPoints(model, sobolSequence(sweepSeed), 1, configuration)
  if (
    point !== undefined &&
    !knownPoints(model.axes, history.configurations).has(pointKey(settled(model.axes, point)))
  ) {
    return paramsAt(model.axes, point)
  }
  return left === undefined ? samplePoint(space, rng) : paramsAt(model.axes, left[rng.below(left.length)] as Point)
}

const small = new WeakMap<Axes, readonly Point[] | 'large'>()

/** All points of a small space; undefined for a large one. */
function smallSpace(axes: Axes): readonly Point[] | undefined {
  let points = small.get(axes)
  if (points === undefined) {
    points = allPoints(axes, SMALL) ?? 'large'
    small.set(axes, points)
  }
  return points === 'large' ? undefined : points
}

interface Belief {
  readonly process: GaussianProcess
  /** Points under way, one after the other. */
  readonly pending: Float64Array
  /** The largest posterior mean among the measured configurations. */
  readonly best: number
  /** The configurations with the largest posterior means. */
  readonly leaders: readonly Point[]
}

interface Pending {
  readonly point: Point
}

interface Measured extends Pending {
  readonly values: readonly number[]
}

function beliefOf(history: History, model: ModelSpace): Belief | undefined {
  const { measured, pending } = readHistory(history, model)
  if (measured.length < 2) return undefined
  const kept = mostTelling(measured)
  const points_ND = pointsOf(kept, model)
  const process = fitGaussianProcess(
    observationsOf(
      model.kinds_D,
      points_ND,
      kept.map(({ values }) => values),
    ),
  )
  if (process === undefined) return undefined
  const { means_M } = process.marginals(points_ND)
  const order = kept.map((_, n) => n).sort((a, b) => (means_M[b] as number) - (means_M[a] as number))
  return {
    process,
    pending: pointsOf(pending, model),
    best: means_M[order[0] as number] as number,
    leaders: order.slice(0, 4).map((n) => (kept[n] as Measured).point),
  }
}

function pointsOf(items: readonly Pending[], model: ModelSpace): Float64Array {
  const D = model.kinds_D.length
  const points_ND = new Float64Array(items.length * D)
  for (const [n, { point }] of items.entries()) points_ND.set(model.features(point), n * D)
  return points_ND
}

/** Warped values by configuration, larger better; and configurations that have none yet but will. */
function readHistory(history: History, { axes }: ModelSpace): { measured: Measured[]; pending: Pending[] } {
  const { trials, configurations } = history
  const raw = warped(history)
  const measured: Measured[] = []
  const pending: Pending[] = []
  for (const { number, params, lost } of configurations) {
    // What came from another space cannot be placed in this one.
    const point = lost ? undefined : pointOf(axes, params)
    if (point === undefined) continue
    const own = history.trialsOf(number)
    const values = own.flatMap((trial) => raw.get(trial) ?? [])
    if (values.length > 0) measured.push({ point, values })
    else if (own.some((trial) => UNDER_WAY.has(trials[trial]?.state ?? ''))) pending.push({ point })
  }
  return { measured, pending }
}

const UNDER_WAY: ReadonlySet<string> = new Set(['waiting', 'running', 'paused'])

/** Warped values by trial number. NaN and the infinity of the bad side count as the worst that was seen. */
function warped({ trials, goal }: History): Map<number, number> {
  const sign = goal === 'maximize' ? 1 : -1
  const seen = trials.flatMap(({ number, state, value }) =>
    state === 'completed' && value !== undefined ? [{ number, value: sign * value }] : [],
  )
  const finite = seen.map(({ value }) => value).filter(Number.isFinite)
  if (finite.length === 0) return new Map()
  const worst = finite.reduce((a, b) => Math.min(a, b))
  const median = [...finite].sort((a, b) => a - b)[finite.length >> 1] as number
  for (const { number, state, curve } of trials) {
    const last = state === 'pruned' ? curve.at(-1)?.[1] : undefined
    // An early value says little of the last one, being pruned does: it is not among the better half.
    if (last !== undefined) seen.push({ number, value: Math.min(median, Number.isFinite(last) ? sign * last : worst) })
  }
  // An infinity of the good side is a mistake of the trainer: it tells nothing.
  const told = seen.filter(({ value }) => value !== Number.POSITIVE_INFINITY)
  const values = halfRanked(told.map(({ value }) => (Number.isFinite(value) ? value : worst)))
  return new Map(told.map(({ number }, i) => [number, values[i] as number]))
}

/** The cube of a thousand points takes minutes: the better half decides where the best is, the others where it is not. */
function mostTelling(measured: readonly Measured[]): readonly Measured[] {
  if (measured.length <= MOST_POINTS) return measured
  const meanOf = ({ values }: Measured) => values.reduce((sum, value) => sum + value, 0) / values.length
  const order = measured.map((it, n) => ({ n, mean: meanOf(it) })).sort((a, b) => b.mean - a.mean)
  const half = MOST_POINTS / 2
  const others = order.slice(half)
  const kept = [
    ...order.slice(0, half),
    ...Array.from({ length: half }, (_, i) => others[Math.floor((i * others.length) / half)] as { n: number }),
  ]
  return kept
    .map(({ n }) => n)
    .sort((a, b) => a - b)
    .map((n) => measured[n] as Measured)
}

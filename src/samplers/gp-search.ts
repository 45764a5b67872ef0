// Key: A axes of a point, D dimensions of its features, M points at a time.
import type { Rng } from '../base/rng.ts'
import type { Point } from '../space/axes.ts'
import { neighboursOf } from '../space/axes-walk.ts'
import { minimize } from '../statistics/gaussian-process/bounded-lbfgs.ts'
import type { Posterior } from '../statistics/gaussian-process/posterior.ts'
import type { PointSequence } from '../statistics/low-discrepancy/sequence.ts'
import { SOBOL_DIMENSIONS, sobolBits } from '../statistics/low-discrepancy/sobol.ts'
import { logExpectedImprovement } from './expected-improvement.ts'
import { allowedPoint, type ModelSpace } from './model-space.ts'

/** A settled point that the constraints allow, with its acquisition value. */
export interface Found {
  readonly point: Point
  readonly features_D: Float64Array
  readonly gain: number
}

/** What is climbed: the logarithm of the expected improvement over `best`. */
export interface Hill {
  readonly model: ModelSpace
  readonly posterior: Posterior
  readonly best: number
  /** Added to the logarithm: how much a point counts. Absent = all count alike. */
  readonly weight?: ((point: Point) => number) | undefined
}

export interface SearchOptions {
  readonly rng: Rng
  /** Where it also starts from: the best points so far. */
  readonly leaders: readonly Point[]
  /** Points of the first look. */
  readonly points: number
}

/** Climbs from the best of the first look, and from leaders. */
const CLIMBS = 4
const LEADERS = 2
const ROUNDS = 4
/** Shares of the range that random steps along continuous axes take; fine ones are the slopes' business. */
const STEP = 0.1

/**
 * Many spread points, then climbs from the best of them; everything that was found, the best first.
 *
 * @source Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning Algorithms" (2012), for the
 * spread and the climbs; Wan et al., "Think Global and Act Local" (2021), for steps among categories in turn with slopes
 */
export function climb(hill: Hill, { rng, leaders, points }: SearchOptions): Found[] {
  const { model } = hill
  const spread = judged(hill, [...spreadPoints(model, shiftedSobol(rng), points), ...leaders])
  const starts = [...spread.slice(0, CLIMBS), ...judged(hill, leaders).slice(0, LEADERS)]
  const tops = starts.map((start) => climbFrom(start, hill, rng))
  return [...tops, ...spread].sort(byGain)
}

/** Sobol's points with a random digital shift: nearly as even as scrambled ones, and cheaper. */
function shiftedSobol(rng: Rng): PointSequence {
  const shifts: number[] = []
  return {
    at: (index, dimension) => {
      if (dimension >= SOBOL_DIMENSIONS) return rng.uniform()
      while (shifts.length <= dimension) shifts.push(rng.below(2 ** 32))
      return (((sobolBits(index, dimension) ^ (shifts[dimension] as number)) >>> 0) + 0.5) / 2 ** 32
    },
  }
}

/** Points of a sequence, settled; those that a constraint forbids are left out. */
export function spreadPoints({ axes }: ModelSpace, sequence: PointSequence, count: number, from = 0): Point[] {
  const points = Array.from({ length: count }, (_, i) =>
    axes.list.map((axis, a) => {
      const at = sequence.at(from + i, a)
      if (axis.kind === 'continuous') return at
      return axis.kind === 'ordinal'
        ? axis.positionAt(axis.levelAt(at))
        : Math.min(axis.size - 1, Math.floor(at * axis.size))
    }),
  )
  // Settling goes through the values of all parameters, which takes longer than judging the point.
  if (!axes.conditional && !axes.constrained) return points
  return points.flatMap((point) => {
    const allowed = allowedPoint(axes, point)
    return allowed === undefined ? [] : [allowed]
  })
}

/** The points with their gains, the best first. */
export function judged({ model, posterior, best, weight }: Hill, points: readonly Point[]): Found[] {
  const D = model.kinds_D.length
  const features_MD = new Float64Array(points.length * D)
  for (const [m, point] of points.entries()) features_MD.set(model.features(point), m * D)
  const { means_M, variances_M } = posterior.marginals(features_MD)
  return points
    .map((point, m) => {
      const deviation = Math.sqrt(variances_M[m] as number)
      const improvement =
        Math.log(deviation) + logExpectedImprovement(((means_M[m] as number) - best) / deviation).value
      const gain = improvement + (weight?.(point) ?? 0)
      return { point, features_D: features_MD.subarray(m * D, (m + 1) * D), gain }
    })
    .sort(byGain)
}

/** Also of points that count for nothing: the difference of two infinities would be NaN. */
function byGain(a: Found, b: Found): number {
  return a.gain === b.gain ? 0 : b.gain - a.gain
}

/** Slides along continuous axes and steps along the others in turn, until neither helps. */
function climbFrom(start: Found, hill: Hill, rng: Rng): Found {
  let here = slide(start, hill)
  for (let round = 0; round < ROUNDS; round++) {
    const [next] = judged(hill, neighboursOf(hill.model.axes, here.point, { rng, size: STEP, count: 1 }))
    if (next === undefined || !(next.gain > here.gain)) return here
    here = slide(next, hill)
  }
  return here
}

/** Follows the slope of what is continuous and present; the rest stays. */
function slide(here: Found, hill: Hill): Found {
  const { model, posterior, best } = hill
  const free = model.continuous.filter(({ axis }) => here.point[axis] !== undefined)
  if (free.length === 0) return here
  const features_D = Float64Array.from(here.features_D)
  const loss = (x_P: Float64Array, gradient_P: Float64Array) => {
    for (const [p, { d }] of free.entries()) features_D[d] = x_P[p] as number
    const found = posterior.marginalWithSlopes(features_D)
    const deviation = Math.sqrt(found.variance)
    const z = (found.mean - best) / deviation
    const { value, slope } = logExpectedImprovement(z)
    for (const [p, { d }] of free.entries()) {
      const bySpread = (found.varianceSlopes_D[d] as number) / (2 * deviation)
      const byZ = ((found.meanSlopes_D[d] as number) - z * bySpread) / deviation
      gradient_P[p] = -(bySpread / deviation + slope * byZ)
    }
    return -(Math.log(deviation) + value)
  }
  const { x_P } = minimize(
    loss,
    Float64Array.from(free, ({ d }) => features_D[d] as number),
    { lower_P: new Float64Array(free.length), upper_P: new Float64Array(free.length).fill(1), iterations: 20 },
  )
  const moved = [...here.point]
  for (const [p, { axis }] of free.entries()) moved[axis] = x_P[p] as number
  const point = allowedPoint(model.axes, moved)
  const [slid] = point === undefined ? [] : judged(hill, [point])
  // Constraints and the rounding of positions may spoil what the slope promised.
  return slid !== undefined && slid.gain > here.gain ? slid : here
}

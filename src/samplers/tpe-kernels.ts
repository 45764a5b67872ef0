// Key: K kernels, one an observation and the prior as the last one.
import type { Rng } from '../base/rng.ts'
import { normalCdf, normalQuantile } from '../space/normal.ts'
import type { SearchAxis } from '../space/search-axis.ts'

/** The kernels of one axis. Observations are positions; undefined where the axis was absent: the prior stands in. */
export interface AxisKernels {
  /** Adds the logarithm of each kernel's density (on levels and categories: its probability) at `position`. */
  addLogDensity(position: number, sum_K: Float64Array): void
  /** Draws from kernel `k`. */
  draw(k: number, rng: Rng): number
}

/** Axes with more levels are handled by density: their cells are narrower than most kernels, and masses are slow. */
const MOST_TABLED = 16

/**
 * Kernels around `observed`, and one more for the prior: as written for categories; for numbers a normal distribution
 * in the middle, as wide as the axis, as in Optuna.
 */
export function axisKernels(axis: SearchAxis, observed: readonly (number | undefined)[]): AxisKernels {
  if (axis.kind === 'categorical') return categoryKernels(axis.weights, observed)
  const kernels: NormalKernels = {
    means_K: Float64Array.from([...observed, undefined], (mean) => mean ?? PRIOR_MEAN),
    deviations_K: deviationsOf(observed),
  }
  const draw = (k: number, rng: Rng) =>
    truncatedNormal(kernels.means_K[k] as number, kernels.deviations_K[k] as number, rng.uniform())
  const isTabled = axis.kind === 'ordinal' && axis.size <= MOST_TABLED
  return { draw, addLogDensity: isTabled ? levelDensities(axis, kernels) : densities(kernels) }
}

interface NormalKernels {
  readonly means_K: Float64Array
  readonly deviations_K: Float64Array
}

const PRIOR_MEAN = 0.5

/**
 * Width of each kernel on an axis from 0 to 1: the larger gap to a neighbour, the prior being one of them, so that
 * kernels get narrow where observations are many. Never below 1 / (n + 2) or a hundredth ("magic clip"): few
 * observations do not narrow the search by being alike.
 *
 * @returns of the prior, and where an axis was absent, 1
 * @source Bergstra et al. (2011), section 4.2; Watanabe, "Tree-structured Parzen estimator: understanding its algorithm
 * components" (2023), section 3.3, for the clip
 */
export function deviationsOf(observed: readonly (number | undefined)[]): Float64Array {
  const n = observed.length
  const least = 1 / Math.min(100, n + 2)
  const deviations_K = new Float64Array(n + 1).fill(1)
  const order = [...observed.keys(), n].filter((k) => k === n || observed[k] !== undefined)
  const at = (k: number) => observed[k] ?? PRIOR_MEAN
  order.sort((a, b) => at(a) - at(b))
  for (const [i, k] of order.entries()) {
    if (k === n) continue
    const [below, above] = [order[i - 1], order[i + 1]]
    // The outermost have the gap inwards: an edge is no neighbour.
    const gap = Math.max(below === undefined ? 0 : at(k) - at(below), above === undefined ? 0 : at(above) - at(k))
    deviations_K[k] = Math.min(1, Math.max(least, gap))
  }
  return deviations_K
}

function densities({ means_K, deviations_K }: NormalKernels): AxisKernels['addLogDensity'] {
  const constant_K = means_K.map((mean, k) => {
    const deviation = deviations_K[k] as number
    return -Math.log(deviation * ROOT_TWO_PI * massInside(mean, deviation))
  })
  const precision_K = deviations_K.map((deviation) => 1 / deviation)
  return (position, sum_K) => {
    for (let k = 0; k < sum_K.length; k++) {
      const z = (position - (means_K[k] as number)) * (precision_K[k] as number)
      sum_K[k] = (sum_K[k] as number) + (constant_K[k] as number) - 0.5 * z * z
    }
  }
}

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

function levelDensities(
  axis: Extract<SearchAxis, { kind: 'ordinal' }>,
  { means_K, deviations_K }: NormalKernels,
): AxisKernels['addLogDensity'] {
  // By level; made when needed, because draws keep to few of them.
  const rows: (Float64Array | undefined)[] = []
  return (position, sum_K) => {
    const level = axis.levelAt(position)
    rows[level] ??= means_K.map((mean, k) => Math.log(normalMass(mean, deviations_K[k] as number, axis.cell(level))))
    const row = rows[level] as Float64Array
    for (let k = 0; k < sum_K.length; k++) sum_K[k] = (sum_K[k] as number) + (row[k] as number)
  }
}

/**
 * Each category gets 1 / (n + 1) as written, the one that was seen 1 more: with few observations a kernel says little.
 * @source Optuna's categorical kernel; ours follows the probabilities of the space instead of equal ones
 */
function categoryKernels(weights: readonly number[], observed: readonly (number | undefined)[]): AxisKernels {
  const smoothing = weights.length / (observed.length + 1)
  const miss = weights.map((weight) => Math.log((smoothing * weight) / (smoothing + 1)))
  const hit = weights.map((weight) => Math.log((smoothing * weight + 1) / (smoothing + 1)))
  const prior = weights.map(Math.log)
  const seen_K = Int32Array.from([...observed, undefined], (category) => category ?? -1)
  return {
    draw: (k, rng) => {
      const seen = observed[k]
      const stays = seen !== undefined && rng.uniform() < 1 / (smoothing + 1)
      return stays ? seen : drawCategory(weights, rng.uniform())
    },
    addLogDensity: (position, sum_K) => {
      const [atMiss, atHit, atPrior] = [miss, hit, prior].map((row) => row[position] as number) as [
        number,
        number,
        number,
      ]
      for (let k = 0; k < sum_K.length; k++) {
        const seen = seen_K[k] as number
        sum_K[k] = (sum_K[k] as number) + (seen === -1 ? atPrior : seen === position ? atHit : atMiss)
      }
    },
  }
}

function drawCategory(weights: readonly number[], u: number): number {
  let rest = u
  return weights.findIndex((weight, i) => {
    rest -= weight
    return rest < 0 || i === weights.length - 1
  })
}

function massInside(mean: number, deviation: number): number {
  return normalCdf((1 - mean) / deviation) - normalCdf(-mean / deviation)
}

/** Mass that a normal distribution, cut off outside [0, 1], has between two positions of [0, 1]. */
export function normalMass(mean: number, deviation: number, [low, high]: readonly [number, number]): number {
  const [a, b] = [(low - mean) / deviation, (high - mean) / deviation]
  // In the upper tail a difference of numbers near 1 would be all rounding.
  const mass = a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a)
  return Math.max(mass, Number.MIN_VALUE) / massInside(mean, deviation)
}

/** Quantile `u` of a normal distribution that is cut off outside [0, 1]. */
export function truncatedNormal(mean: number, deviation: number, u: number): number {
  const below = normalCdf(-mean / deviation)
  const value = mean + deviation * normalQuantile(below + u * massInside(mean, deviation))
  return Math.min(1, Math.max(0, value))
}

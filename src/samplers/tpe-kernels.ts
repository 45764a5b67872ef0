// Key: K kernels, one an observation and the prior as the last one.
import type { Rng } from '../base/rng.ts'
import { normalCdf, normalQuantile } from '../space/normal.ts'
import type { SearchAxis } from '../space/search-axis.ts'

/** The kernels of one axis. Observations are positions; NaN where the axis was absent: the prior stands in. */
export interface AxisKernels {
  /** Adds the logarithm of each kernel's density (on levels and categories: its probability) at `position`. */
  addLogDensity(position: number, sum_K: Float64Array): void
  /** Draws from kernel `k`. */
  draw(k: number, rng: Rng): number
}

/** Axes with more levels are as good as continuous: their cells are narrower than most kernels. */
const MOST_TABLED = 16

/**
 * Kernels around `observed`, and one more for the prior: as written for categories and levels; for numbers a normal
 * distribution in the middle, as wide as the axis, as in Optuna.
 */
export function axisKernels(axis: SearchAxis, observed_N: Float64Array, dimensions: number): AxisKernels {
  if (axis.kind === 'categorical') return categoryKernels(axis.weights, observed_N)
  if (axis.kind === 'ordinal' && axis.size <= MOST_TABLED) {
    return levelKernels(axis, observed_N, levelDeviation(observed_N.length, dimensions))
  }
  const means_K = new Float64Array(observed_N.length + 1).fill(PRIOR_MEAN)
  for (let n = 0; n < observed_N.length; n++) if (!Number.isNaN(observed_N[n])) means_K[n] = observed_N[n] as number
  const deviations_K = deviationsOf(observed_N)
  const draw = (k: number, rng: Rng) => truncatedNormal(means_K[k] as number, deviations_K[k] as number, rng.uniform())
  return { draw, addLogDensity: densities(means_K, deviations_K) }
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
export function deviationsOf(observed_N: Float64Array): Float64Array {
  const N = observed_N.length
  const least = 1 / Math.min(100, N + 2)
  const deviations_K = new Float64Array(N + 1).fill(1)
  const sorted = withPrior(observed_N).sort()
  // Equal ones lie in the order they came; how many of them have been placed, by where the first lies.
  const placed = new Uint32Array(sorted.length)
  for (let k = 0; k < N; k++) {
    const at = observed_N[k] as number
    if (Number.isNaN(at)) continue
    const first = firstNotBelow(sorted, at)
    const place = first + (placed[first] as number)
    placed[first] = (placed[first] as number) + 1
    // The outermost have the gap inwards: an edge is no neighbour.
    const below = place === 0 ? 0 : at - (sorted[place - 1] as number)
    const above = place === sorted.length - 1 ? 0 : (sorted[place + 1] as number) - at
    deviations_K[k] = Math.min(1, Math.max(least, below, above))
  }
  return deviations_K
}

/** The observations that are there, and the prior. */
function withPrior(observed_N: Float64Array): Float64Array {
  const all = new Float64Array(observed_N.length + 1)
  let present = 0
  for (let n = 0; n < observed_N.length; n++) {
    if (!Number.isNaN(observed_N[n])) all[present++] = observed_N[n] as number
  }
  all[present] = PRIOR_MEAN
  return all.subarray(0, present + 1)
}

/** Index of the first that is not below `value`, which is among them. */
function firstNotBelow(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

function densities(means_K: Float64Array, deviations_K: Float64Array): AxisKernels['addLogDensity'] {
  const constant_K = new Float64Array(means_K.length)
  for (let k = 0; k < constant_K.length; k++) {
    const deviation = deviations_K[k] as number
    constant_K[k] = -Math.log(deviation * ROOT_TWO_PI * massInside(means_K[k] as number, deviation))
  }
  const precision_K = deviations_K.map((deviation) => 1 / deviation)
  return (position, sum_K) => {
    for (let k = 0; k < sum_K.length; k++) {
      const z = (position - (means_K[k] as number)) * (precision_K[k] as number)
      sum_K[k] = (sum_K[k] as number) + (constant_K[k] as number) - 0.5 * z * z
    }
  }
}

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

/** Width of kernels on levels with one observation; with n in D dimensions it shrinks by Scott's rule. */
const LEVEL_WIDTH = 0.2

function levelDeviation(n: number, dimensions: number): number {
  return LEVEL_WIDTH * Math.max(1, n) ** (-1 / (dimensions + 4))
}

/**
 * One width for all: observations share levels, so that gaps between them are 0 or a whole level, and say nothing of how
 * far a result reaches. The prior is flat.
 */
function levelKernels(
  axis: Extract<SearchAxis, { kind: 'ordinal' }>,
  observed_N: Float64Array,
  deviation: number,
): AxisKernels {
  const L = axis.size
  const levels_K = new Int32Array(observed_N.length + 1).fill(L)
  for (let n = 0; n < observed_N.length; n++) {
    if (!Number.isNaN(observed_N[n])) levels_K[n] = axis.levelAt(observed_N[n] as number)
  }
  // Row: the level asked about; column: the level of the kernel, the last one the prior. Made when needed.
  const rows: (Float64Array | undefined)[] = []
  const rowOf = (level: number) => {
    const [low, high] = axis.cell(level)
    return Float64Array.from({ length: L + 1 }, (_, seen) =>
      Math.log(seen === L ? high - low : normalMass(axis.positionAt(seen), deviation, [low, high])),
    )
  }
  return {
    draw: (k, rng) => {
      const seen = levels_K[k] as number
      return seen === L ? rng.uniform() : truncatedNormal(axis.positionAt(seen), deviation, rng.uniform())
    },
    addLogDensity: (position, sum_K) => {
      const level = axis.levelAt(position)
      rows[level] ??= rowOf(level)
      const row = rows[level] as Float64Array
      for (let k = 0; k < sum_K.length; k++) sum_K[k] = (sum_K[k] as number) + (row[levels_K[k] as number] as number)
    },
  }
}

/**
 * Each category gets 1 / (n + 1) as written, the one that was seen 1 more: with few observations a kernel says little.
 * @source Optuna's categorical kernel; ours follows the probabilities of the space instead of equal ones
 */
function categoryKernels(weights: readonly number[], observed_N: Float64Array): AxisKernels {
  const smoothing = weights.length / (observed_N.length + 1)
  const miss = weights.map((weight) => Math.log((smoothing * weight) / (smoothing + 1)))
  const hit = weights.map((weight) => Math.log((smoothing * weight + 1) / (smoothing + 1)))
  const prior = weights.map(Math.log)
  const seen_K = new Int32Array(observed_N.length + 1).fill(-1)
  for (let n = 0; n < observed_N.length; n++) if (!Number.isNaN(observed_N[n])) seen_K[n] = observed_N[n] as number
  return {
    draw: (k, rng) => {
      const seen = seen_K[k] as number
      const stays = seen !== -1 && rng.uniform() < 1 / (smoothing + 1)
      return stays ? seen : drawCategory(weights, rng.uniform())
    },
    addLogDensity: (position, sum_K) => {
      const atMiss = miss[position] as number
      const atHit = hit[position] as number
      const atPrior = prior[position] as number
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

/** From so many deviations on, what lies beyond is lost in rounding. */
const ALL = 8.5

function massInside(mean: number, deviation: number): number {
  const upTo = 1 - mean > ALL * deviation ? 1 : normalCdf((1 - mean) / deviation)
  return mean > ALL * deviation ? upTo : upTo - normalCdf(-mean / deviation)
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

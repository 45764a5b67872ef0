// Key: K kernels, one an observation and the prior as the last one; L levels of an axis.
import type { Rng } from '../base/rng.ts'
import { normalCdf, normalQuantile } from '../space/normal.ts'
import type { SearchAxis } from '../space/search-axis.ts'

/** The kernels of one axis. Observations are positions; undefined where the axis was absent: then the prior stands in. */
export interface AxisKernels {
  /** Adds the logarithm of each kernel's density (on levels and categories: its probability) at `position`. */
  addLogDensity(position: number, sum_K: Float64Array): void
  /** Draws from kernel `k`. */
  draw(k: number, rng: Rng): number
}

/** Axes with more levels are handled by density: their cells are narrower than most kernels, and masses are slow. */
const MOST_TABLED = 16

/** The width that all kernels of a mixture have. */
export interface KernelWidth {
  /** Standard deviation on an axis from 0 to 1. */
  readonly deviation: number
  /** Share of a normal distribution with this mean that lies in [0, 1]. */
  readonly inside: (mean: number) => number
}

/** Steps of the table of {@link kernelWidth}; with kernels as narrow as 0.05 its error is below 1e-3. */
const STEPS = 128

/** Tables the shares inside: a mixture needs thousands of them, and a normal distribution function is slow. */
export function kernelWidth(deviation: number): KernelWidth {
  const shares = Float64Array.from({ length: STEPS + 2 }, (_, i) => massInside(i / STEPS, deviation))
  return {
    deviation,
    inside: (mean) => {
      const at = Math.floor(mean * STEPS)
      const part = mean * STEPS - at
      return (shares[at] as number) * (1 - part) + (shares[at + 1] as number) * part
    },
  }
}

/** Kernels around `observed`, and one more for the prior, which is flat in positions and as written for categories. */
export function axisKernels(
  axis: SearchAxis,
  observed: readonly (number | undefined)[],
  width: KernelWidth,
): AxisKernels {
  const { deviation } = width
  if (axis.kind === 'categorical') return categoryKernels(axis.weights, observed)
  const draw = (k: number, rng: Rng) => {
    const mean = observed[k]
    return mean === undefined ? rng.uniform() : truncatedNormal(mean, deviation, rng.uniform())
  }
  if (axis.kind === 'ordinal' && axis.size <= MOST_TABLED) {
    return { draw, addLogDensity: levelDensities(axis, observed, width) }
  }
  const means_K = Float64Array.from([...observed, undefined], (mean) => mean ?? Number.NaN)
  const constant_K = means_K.map((mean) => -Math.log(deviation * Math.sqrt(2 * Math.PI) * width.inside(mean)))
  return {
    draw,
    addLogDensity: (position, sum_K) => {
      for (let k = 0; k < sum_K.length; k++) {
        const mean = means_K[k] as number
        // NaN: absent, and the density of the prior is 1.
        if (Number.isNaN(mean)) continue
        const z = (position - mean) / deviation
        sum_K[k] = (sum_K[k] as number) + (constant_K[k] as number) - 0.5 * z * z
      }
    },
  }
}

function levelDensities(
  axis: Extract<SearchAxis, { kind: 'ordinal' }>,
  observed: readonly (number | undefined)[],
  { deviation }: KernelWidth,
): AxisKernels['addLogDensity'] {
  const L = axis.size
  const levels_K = Int32Array.from([...observed, undefined], (at) => (at === undefined ? L : axis.levelAt(at)))
  // Row: the level asked about; column: the level of the kernel, the last one the prior. Rows are made when needed.
  const rows: (Float64Array | undefined)[] = []
  const rowOf = (level: number) => {
    const [low, high] = axis.cell(level)
    return Float64Array.from({ length: L + 1 }, (_, seen) =>
      Math.log(seen === L ? high - low : normalMass(axis.positionAt(seen), deviation, [low, high])),
    )
  }
  return (position, sum_K) => {
    const level = axis.levelAt(position)
    rows[level] ??= rowOf(level)
    const row = rows[level] as Float64Array
    for (let k = 0; k < sum_K.length; k++) sum_K[k] = (sum_K[k] as number) + (row[levels_K[k] as number] as number)
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

// Key: K kernels, one an observation and the prior as the last one.
import type { Rng } from '../base/rng.ts'
import type { Axes, Point } from '../space/axes.ts'
import { type AxisKernels, axisKernels } from './tpe-kernels.ts'

/** A density over a space: kernels that each are a product over all axes, and the prior as one more kernel. */
export interface Mixture {
  /** Logarithm of the density at a settled point. */
  logDensity(point: Point): number
  /** A point that is not settled yet: also axes that will be absent have a position. */
  draw(rng: Rng): Point
}

/** Observations younger than this count fully; those before fade out towards the oldest. */
const FULL = 25

/** @param points observations in the order they came; settled */
export function mixtureOf(axes: Axes, points: readonly Point[]): Mixture {
  const n = points.length
  const kernels = axes.list.map((axis, i) => {
    const observed_N = new Float64Array(n)
    for (let k = 0; k < n; k++) observed_N[k] = points[k]?.[i] ?? Number.NaN
    return axisKernels(axis, observed_N, axes.list.length)
  })
  const weights_K = weightsOf(n)
  const logWeights_K = weights_K.map(Math.log)
  const sum_K = new Float64Array(n + 1)
  return {
    logDensity: (point) => {
      sum_K.set(logWeights_K)
      for (let i = 0; i < point.length; i++) {
        const position = point[i]
        if (position !== undefined) (kernels[i] as AxisKernels).addLogDensity(position, sum_K)
      }
      return logSumExp(sum_K)
    },
    draw: (rng) => {
      const k = drawIndex(weights_K, rng.uniform())
      return kernels.map((kernel) => kernel.draw(k, rng))
    },
  }
}

/** Weights of n observations and the prior, which has as much as one of the youngest; they sum to 1. */
export function weightsOf(n: number): Float64Array {
  const old = n - FULL
  const weights = Float64Array.from({ length: n + 1 }, (_, i) => {
    if (i >= old || old < 1) return 1
    return old === 1 ? 1 / n : 1 / n + ((1 - 1 / n) * i) / (old - 1)
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function drawIndex(weights: Float64Array, u: number): number {
  let rest = u
  for (const [i, weight] of weights.entries()) {
    rest -= weight
    if (rest < 0) return i
  }
  return weights.length - 1
}

function logSumExp(values: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > largest) largest = values[i] as number
  if (largest === Number.NEGATIVE_INFINITY) return largest
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const below = (values[i] as number) - largest
    // What is below e^-40 of the largest is lost in rounding anyway.
    if (below > -40) sum += Math.exp(below)
  }
  return largest + Math.log(sum)
}

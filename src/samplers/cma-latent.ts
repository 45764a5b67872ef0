// Key: L latent dimensions: one for each number, one for each category of an unordered choice.
import type { Rng } from '../base/rng.ts'
import type { Axes, Point } from '../space/axes.ts'
import { normalQuantile } from '../space/normal.ts'
import type { SearchAxis } from '../space/search-axis.ts'
import { type CmaState, coloured } from '../statistics/cma-es.ts'

/** How the axes of a space lie in the vector that CMA-ES moves. */
export interface Latent {
  readonly axes: Axes
  /** Where each axis begins. */
  readonly starts: readonly number[]
  readonly dimensions: number
}

export function latentOf(axes: Axes): Latent {
  const starts: number[] = []
  let dimensions = 0
  for (const axis of axes.list) {
    starts.push(dimensions)
    dimensions += widthOf(axis)
  }
  return { axes, starts, dimensions }
}

function widthOf(axis: SearchAxis): number {
  return axis.kind === 'categorical' ? axis.size : 1
}

/** Where the search begins: the middle. @source facts of the peers agree: x0 = the middle of the space */
export function middleOf({ dimensions }: Latent): number[] {
  return Array.from({ length: dimensions }, () => 0.5)
}

export interface Draw {
  readonly point: Point
  /** (x - mean) / sigma, with the widening for steps undone. */
  readonly y_L: readonly number[]
}

/** Draws from the distribution; numbers outside [0, 1] are mirrored at the ends. */
export function drawnFrom(latent: Latent, state: CmaState, { rng, margin }: { rng: Rng; margin: number }): Draw {
  const y_L = coloured(
    state,
    state.mean_D.map(() => rng.normal()),
  )
  const x_L = state.mean_D.map((m, i) => m + state.sigma * (y_L[i] as number))
  const point = latent.axes.list.map((axis, a) => {
    const start = latent.starts[a] as number
    if (axis.kind === 'categorical') return categoryAt(x_L, { start, axis, rng, margin })
    const widening = wideningOf(axis, start, { state, margin })
    const x = mirrored((state.mean_D[start] as number) + state.sigma * widening * (y_L[start] as number))
    x_L[start] = (state.mean_D[start] as number) + (x - (state.mean_D[start] as number)) / widening
    return x
  })
  return { point, y_L: x_L.map((x, i) => (x - (state.mean_D[i] as number)) / state.sigma) }
}

/** The largest of its latent numbers wins; one time in 1/margin any category does, and changes places with the winner. */
function categoryAt(
  x_L: number[],
  { start, axis, rng, margin }: { start: number; axis: SearchAxis; rng: Rng; margin: number },
): number {
  const own = x_L.slice(start, start + axis.size)
  const best = own.indexOf(Math.max(...own))
  const chosen = rng.uniform() < margin ? rng.below(axis.size) : best
  x_L[start + chosen] = own[best] as number
  x_L[start + best] = own[chosen] as number
  return chosen
}

/**
 * A step of integers or of a list that is far wider than the distribution would never be left again. So in such a
 * dimension samples are spread until at least `margin` of them leave the mean's own level.
 */
function wideningOf(axis: SearchAxis, start: number, { state, margin }: { state: CmaState; margin: number }): number {
  if (axis.kind !== 'ordinal') return 1
  const mean = mirrored(state.mean_D[start] as number)
  const [low, high] = axis.cell(axis.levelAt(mean))
  const nearest = Math.min(
    low <= 0 ? Number.POSITIVE_INFINITY : mean - low,
    high >= 1 ? Number.POSITIVE_INFINITY : high - mean,
  )
  if (!Number.isFinite(nearest)) return 1
  const spread = state.sigma * Math.sqrt(Math.max(1e-300, state.covariance_DD[start]?.[start] as number))
  return Math.max(1, nearest / normalQuantile(1 - margin) / spread)
}

/** As light between two mirrors at 0 and 1. */
export function mirrored(x: number): number {
  const rest = ((x % 2) + 2) % 2
  return rest > 1 ? 2 - rest : rest
}

/**
 * Where a point lies that was not drawn from the distribution, such as one that a person proposed. Absent axes do not
 * move the mean; the category that it has lies one spread above the others.
 *
 * @source Hansen, "Injecting external solutions into CMA-ES" (arXiv:1110.4181): steps are cut to a usual length
 */
export function injected(latent: Latent, state: CmaState, point: Point): number[] {
  const y_L = state.mean_D.map(() => 0)
  for (const [a, axis] of latent.axes.list.entries()) {
    const position = point[a]
    const start = latent.starts[a] as number
    if (position === undefined) continue
    if (axis.kind === 'categorical') {
      for (let c = 0; c < axis.size; c++) y_L[start + c] = c === position ? 1 : -1 / Math.max(1, axis.size - 1)
    } else {
      const spread = Math.sqrt(Math.max(1e-300, state.covariance_DD[start]?.[start] as number))
      const y = (position - (state.mean_D[start] as number)) / state.sigma
      y_L[start] = Math.min(2 * spread, Math.max(-2 * spread, y))
    }
  }
  return y_L
}

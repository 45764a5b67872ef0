import type { Rng } from '../base/rng.ts'
import type { Axes, Point } from './axes.ts'
import { isAllowed, pointKey, settled } from './axes.ts'
import type { SearchAxis } from './search-axis.ts'

/** An upper bound of the number of points: conditions and constraints are not counted; Infinity for continuous spaces. */
export function mostPoints(axes: Axes): number {
  return axes.list.reduce((product, axis) => product * axis.size, 1)
}

/**
 * All points that the constraints allow, each once, in a fixed order.
 *
 * @returns undefined when the product of all axes has more than `most` points: it is not walked, then
 */
export function allPoints(axes: Axes, most: number): Point[] | undefined {
  if (mostPoints(axes) > most || axes.list.some((axis) => axis.kind === 'continuous')) return undefined
  let points: (number | undefined)[][] = [[]]
  for (const axis of axes.list) {
    const positions = positionsOf(axis)
    points = points.flatMap((point) => positions.map((position) => [...point, position]))
  }
  if (!axes.conditional) return points.filter((point) => isAllowed(axes, point))
  const seen = new Map(points.map((point) => settled(axes, point)).map((point) => [pointKey(point), point]))
  return [...seen.values()].filter((point) => isAllowed(axes, point))
}

function positionsOf(axis: SearchAxis): number[] {
  const place = (i: number) => (axis.kind === 'ordinal' ? axis.positionAt(i) : i)
  return Array.from({ length: axis.size }, (_, i) => place(i))
}

/** How to step along continuous axes. */
export interface Steps {
  readonly rng: Rng
  /** Standard deviation of a continuous step, as a share of the range. */
  readonly size: number
  /** Steps on each continuous axis. */
  readonly count: number
}

/**
 * Points that differ from a settled `point` in one decision: the next level up and down, every other category, and
 * random steps where it is continuous. What a changed gate switches on is drawn at random. All are settled, differ
 * from `point` and keep to the constraints.
 */
export function neighboursOf(axes: Axes, point: Point, steps: Steps): Point[] {
  const key = pointKey(point)
  const found = new Map<string, Point>()
  for (const [i, axis] of axes.list.entries()) {
    const from = point[i]
    if (from === undefined) continue
    for (const position of stepsFrom(axis, from, steps)) {
      // Positions of axes that stay absent are ignored, so all may be filled in.
      const full = axes.list.map((other, j) => (j === i ? position : (point[j] ?? anywhere(other, steps.rng))))
      const next = settled(axes, full)
      const nextKey = pointKey(next)
      if (nextKey !== key && !found.has(nextKey) && isAllowed(axes, next)) found.set(nextKey, next)
    }
  }
  return [...found.values()]
}

function stepsFrom(axis: SearchAxis, from: number, { rng, size, count }: Steps): number[] {
  if (axis.kind === 'categorical') return positionsOf(axis).filter((position) => position !== from)
  if (axis.kind === 'ordinal') {
    const level = axis.levelAt(from)
    return [level - 1, level + 1].filter((l) => l >= 0 && l < axis.size).map((l) => axis.positionAt(l))
  }
  return Array.from({ length: count }, () => Math.min(1, Math.max(0, from + size * rng.normal())))
}

/** A position drawn as the space is written. */
function anywhere(axis: SearchAxis, rng: Rng): number {
  if (axis.kind === 'categorical') {
    let rest = rng.uniform()
    return axis.weights.findIndex((weight, i) => {
      rest -= weight
      return rest < 0 || i === axis.size - 1
    })
  }
  return axis.kind === 'ordinal' ? axis.positionAt(axis.levelAt(rng.uniform())) : rng.uniform()
}

import type { Rng } from '../base/rng.ts'
import { type Axes, isAllowed, type Point, pointKey, randomPoint, settled } from '../space/axes.ts'
import { allPoints } from '../space/axes-walk.ts'

/** Spaces up to this many points are listed when random draws find nothing new. */
const LISTED = 20_000
const TRIES = 64

const lists = new WeakMap<Axes, { readonly points: readonly Point[] | undefined }>()

/** All points of a small space; undefined for larger ones. Made once a space. */
export function listedPoints(axes: Axes): readonly Point[] | undefined {
  let list = lists.get(axes)
  if (list === undefined) {
    list = { points: allPoints(axes, LISTED) }
    lists.set(axes, list)
  }
  return list.points
}

/** A random point that is not among the `taken` keys; undefined when a small space is used up. */
export function newPoint(axes: Axes, taken: ReadonlySet<string>, rng: Rng): Point | undefined {
  let point: Point = []
  for (let i = 0; i < TRIES; i++) {
    point = randomPoint(axes, rng)
    if (!taken.has(pointKey(point))) return point
  }
  const all = listedPoints(axes)
  // A large space that gives only known points: the caller sees one of them again and may ask once more.
  if (all === undefined) return point
  const left = all.filter((it) => !taken.has(pointKey(it)))
  return left[rng.below(Math.max(1, left.length))]
}

/** The settled point, if the constraints let it pass and it is new. */
export function ifNew(axes: Axes, point: Point, taken: ReadonlySet<string>): Point | undefined {
  const rounded = settled(axes, point)
  return !taken.has(pointKey(rounded)) && isAllowed(axes, rounded) ? rounded : undefined
}

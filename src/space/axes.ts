import type { Rng } from '../base/rng.ts'
import type { Params, ParamValue } from './domain.ts'
import type { Layout, LeafValues, Unit } from './layout.ts'
import { isActive, layoutOf, paramsOf } from './layout.ts'
import type { Rule } from './rules.ts'
import { passes, rulesOf } from './rules.ts'
import { samplePoint } from './sample.ts'
import type { SearchAxis } from './search-axis.ts'
import { searchAxis } from './search-axis.ts'
import type { SearchSpace } from './search-space.ts'
import { valueAt } from './value-at.ts'

/** One position an axis, in the order of `axes.list`; undefined where the axis is absent by a condition. */
export type Point = readonly (number | undefined)[]

/** A space as samplers that model it see it. */
export interface Axes {
  readonly space: SearchSpace
  /** One for each decision: a parameter, or a zipped group. Constants have none. Gates come before what they switch. */
  readonly list: readonly SearchAxis[]
  /** Some axis may be absent. */
  readonly conditional: boolean
  readonly constrained: boolean
}

interface Workings extends Axes {
  readonly layout: Layout
  readonly rules: readonly Rule[]
  /** Every unit with the number of its axis; undefined = a constant. */
  readonly units: readonly { readonly unit: Unit; readonly axis: number | undefined }[]
  readonly points: WeakMap<Params, { readonly point: Point | undefined }>
}

const known = new WeakMap<SearchSpace, Workings>()

/** Made once a space. @throws {UserError} SPACE_PATH_UNKNOWN, SPACE_CONDITION_CIRCLE */
export function axesOf(space: SearchSpace): Axes {
  return workingsOf(space)
}

function workingsOf(space: SearchSpace): Workings {
  const made = known.get(space)
  if (made) return made
  const layout = layoutOf(space)
  const rules = rulesOf(space, layout)
  const list: SearchAxis[] = []
  const units = layout.units.map((unit) => {
    const axis = searchAxis(unit, layout)
    return { unit, axis: axis === undefined ? undefined : list.push(axis) - 1 }
  })
  const conditional = list.some((axis) => axis.unit.needs.length > 0)
  const points = new WeakMap<Params, { readonly point: Point | undefined }>()
  const workings = { space, list, conditional, constrained: rules.length > 0, layout, rules, units, points }
  known.set(space, workings)
  return workings
}

/**
 * Where the params lie; remembered by the identity of `params`, so that long histories cost nothing twice.
 *
 * @returns undefined when they do not belong to the space: one is missing, or has a value that its domain has not
 */
export function pointOf({ space }: Axes, params: Params): Point | undefined {
  const { points, list, units, layout } = workingsOf(space)
  const earlier = points.get(params)
  if (earlier) return earlier.point
  const values = layout.leaves.map((leaf) => valueIn(params, leaf.keys))
  const point: (number | undefined)[] = list.map(() => undefined)
  let belongs = true
  for (const { unit, axis } of units) {
    if (axis === undefined || !isActive(unit, values)) continue
    const own = unit.leaves.map((leaf) => values[leaf])
    const position = own.some((value) => value === undefined)
      ? undefined
      : (list[axis] as SearchAxis).positionOf(own as ParamValue[])
    point[axis] = position
    if (position === undefined) belongs = false
  }
  const answer = { point: belongs ? point : undefined }
  points.set(params, answer)
  return answer.point
}

function valueIn(params: Params, keys: readonly string[]): ParamValue | undefined {
  let value: ParamValue | undefined = params
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = (value as Params)[key]
  }
  return value
}

function valuesOf({ list, units, layout }: Workings, point: Point): LeafValues {
  const values: LeafValues = layout.leaves.map(() => undefined)
  for (const { unit, axis } of units) {
    if (!isActive(unit, values)) continue
    const chosen = axis === undefined ? undefined : positioned(list[axis] as SearchAxis, point[axis])
    for (const [i, leaf] of unit.leaves.entries()) {
      const { domain } = layout.leaves[leaf] as Layout['leaves'][number]
      values[leaf] = chosen === undefined ? valueAt(domain, 0.5) : (chosen[i] as ParamValue)
    }
  }
  return values
}

function positioned(axis: SearchAxis, position: number | undefined): readonly ParamValue[] {
  return axis.valuesAt(position ?? (axis.kind === 'categorical' ? 0 : 0.5))
}

/**
 * The params at a point, always inside their domains: positions are rounded to steps and cut at the ends. Positions of
 * axes that turn out to be absent are ignored; where an active one has none, it gets the middle (categories: the first).
 * Constraints are not looked at: see {@link isAllowed}.
 */
export function paramsAt({ space }: Axes, point: Point): Params {
  const workings = workingsOf(space)
  return paramsOf(workings.layout, valuesOf(workings, point))
}

/** The point that the params of `point` have: rounded to steps, absent axes undefined. The same params, the same point. */
export function settled(axes: Axes, point: Point): Point {
  const workings = workingsOf(axes.space)
  const values = valuesOf(workings, point)
  return axes.list.map((axis) => {
    const own = axis.unit.leaves.map((leaf) => values[leaf])
    return own.some((value) => value === undefined) ? undefined : axis.positionOf(own as ParamValue[])
  })
}

/** Whether the constraints let the point pass. */
export function isAllowed({ space }: Axes, point: Point): boolean {
  const workings = workingsOf(space)
  if (workings.rules.length === 0) return true
  const values = valuesOf(workings, point)
  return workings.rules.every((rule) => passes(rule, values))
}

/** A point drawn as the space is written, inside the constraints. @throws {UserError} SPACE_TOO_CONSTRAINED */
export function randomPoint(axes: Axes, rng: Rng): Point {
  return pointOf(axes, samplePoint(axes.space, rng)) ?? []
}

/** The same text for the same settled point, and only for it; for finding duplicates. */
export function pointKey(point: Point): string {
  return point.join(',')
}

// Key: D dimensions of the model. A point has one position an axis (space/axes.ts); its features are D numbers, NaN
// where a parameter is absent.
import { type Axes, axesOf, isAllowed, type Point, settled } from '../space/axes.ts'
import type { ParamValue } from '../space/domain.ts'
import { placesOf } from '../space/number-scale.ts'
import { valueKey } from '../space/params-key.ts'
import type { SearchAxis } from '../space/search-axis.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { DimensionKind } from '../statistics/gaussian-process/kernel.ts'

/** A search space as a model of distances sees it. */
export interface ModelSpace {
  readonly axes: Axes
  readonly kinds_D: readonly DimensionKind[]
  /** Of a settled point. */
  features(point: Point): Float64Array
  /** Continuous axes with the dimension that equals their position. */
  readonly continuous: readonly { readonly axis: number; readonly d: number }[]
}

/** One dimension: from the position of its axis. */
interface Dimension {
  readonly kind: DimensionKind
  readonly axis: number
  at(position: number): number
}

const known = new WeakMap<SearchSpace, ModelSpace>()

export function modelSpaceOf(space: SearchSpace): ModelSpace {
  let made = known.get(space)
  if (made === undefined) {
    made = makeModelSpace(axesOf(space))
    known.set(space, made)
  }
  return made
}

/** The point as its params have it; undefined where a constraint forbids it. */
export function allowedPoint(axes: Axes, point: Point): Point | undefined {
  const own = settled(axes, point)
  return isAllowed(axes, own) ? own : undefined
}

function makeModelSpace(axes: Axes): ModelSpace {
  const dimensions = axes.list.flatMap(dimensionsOf)
  return {
    axes,
    kinds_D: dimensions.map(({ kind }) => kind),
    features: (point) =>
      Float64Array.from(dimensions, ({ axis, at }) => {
        const position = point[axis]
        return position === undefined ? Number.NaN : at(position)
      }),
    continuous: dimensions.flatMap(({ axis }, d) => (axes.list[axis]?.kind === 'continuous' ? [{ axis, d }] : [])),
  }
}

/** Usually the position itself; rows of a zipped group without a common order are told apart by each of their values. */
function dimensionsOf(axis: SearchAxis, number: number): Dimension[] {
  const kind = axis.kind === 'categorical' ? 'categorical' : 'ordered'
  if (axis.kind !== 'categorical' || axis.unit.leaves.length === 1) {
    return [{ kind, axis: number, at: (position) => position }]
  }
  const rows = Array.from({ length: axis.size }, (_, i) => axis.valuesAt(i))
  return (rows[0] ?? []).flatMap((_, leaf) => {
    const column = rows.map((row) => row[leaf] as ParamValue)
    if (new Set(column.map(valueKey)).size < 2) return []
    return [columnDimension(column, number)]
  })
}

function columnDimension(column: readonly ParamValue[], axis: number): Dimension {
  const isNumeric = column.every((value) => typeof value === 'number' && Number.isFinite(value))
  if (!isNumeric) {
    const keys = [...new Set(column.map(valueKey))]
    const codes = column.map((value) => keys.indexOf(valueKey(value)))
    return { kind: 'categorical', axis, at: (position) => codes[Math.round(position)] ?? Number.NaN }
  }
  const sorted = [...new Set(column as number[])].sort((a, b) => a - b)
  const places = placesOf(sorted)
  const at = column.map((value) => places[sorted.indexOf(value as number)] as number)
  return { kind: 'ordered', axis, at: (position) => at[Math.round(position)] ?? Number.NaN }
}

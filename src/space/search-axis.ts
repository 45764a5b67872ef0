import type { Domain, ParamValue } from './domain.ts'
import { encode } from './encode.ts'
import type { Layout, Unit } from './layout.ts'
import { placesOf } from './number-scale.ts'
import { distinct, valueKey } from './params-key.ts'
import { roundHalfEven, valueAt } from './value-at.ts'

/*
 * One decision of a space as models see it. A position is a number: in [0, 1] where values have an order, and the
 * index of the category where they have none. In [0, 1] the positions of a distribution are its quantiles, so its own
 * scale (logarithmic, normal ...) is undone and the prior is flat.
 */

interface AxisBase {
  /** Paths of its parameters, joined by a plus sign. */
  readonly name: string
  readonly unit: Unit
  /** How many different values there are; Infinity where they are continuous. */
  readonly size: number
  /** @returns undefined for values that the axis does not have; those of its leaves, in their order */
  positionOf(values: readonly ParamValue[]): number | undefined
  /** Values of the leaves; each position has some, those outside the range get the nearest. */
  valuesAt(position: number): readonly ParamValue[]
}

/** Every position is a value of its own; also steps that are too fine to matter (`size` is finite, then). */
export interface ContinuousAxis extends AxisBase {
  readonly kind: 'continuous'
}

/** Whole numbers, steps and lists of numbers: level i lies at `positionAt(i)`, and all of `cell(i)` becomes level i. */
export interface OrdinalAxis extends AxisBase {
  readonly kind: 'ordinal'
  levelAt(position: number): number
  positionAt(level: number): number
  /** The cells of all levels, one after the other, are [0, 1]. */
  cell(level: number): readonly [low: number, high: number]
}

/** Positions are 0 to size - 1 and have no order. */
export interface CategoricalAxis extends AxisBase {
  readonly kind: 'categorical'
  /** Probability of each category in the space as it is written; sums to 1. */
  readonly weights: readonly number[]
}

export type SearchAxis = ContinuousAxis | OrdinalAxis | CategoricalAxis

/** More levels than this are as good as continuous. */
const MOST_LEVELS = 1000

/** The axis of a unit; undefined when there is nothing to choose. */
export function searchAxis(unit: Unit, layout: Layout): SearchAxis | undefined {
  const leaves = unit.leaves.map((leaf) => layout.leaves[leaf] as Layout['leaves'][number])
  const name = leaves.map((leaf) => leaf.path).join(' + ')
  const [first] = leaves
  if (first === undefined) return undefined
  const { domain } = first
  if (leaves.length > 1) {
    const lists = leaves.map((leaf) => ('values' in leaf.domain ? leaf.domain.values : []))
    const rows = (lists[0] ?? []).map((_, i) => lists.map((values) => values[i] as ParamValue))
    return rowsAxis({ name, unit }, rows, undefined)
  }
  if ('values' in domain) {
    const rows = domain.values.map((value) => [value])
    return rowsAxis({ name, unit }, rows, 'probabilities' in domain ? domain.probabilities : undefined)
  }
  if (valueKey(valueAt(domain, 0)) === valueKey(valueAt(domain, 1))) return undefined
  return numbersAxis({ name, unit }, domain)
}

type Named = Pick<AxisBase, 'name' | 'unit'>

function numbersAxis(named: Named, domain: Domain): SearchAxis {
  const valuesAt = (position: number) => [valueAt(domain, Math.min(1, Math.max(0, position)))]
  const step = domain.distribution === 'int_uniform' ? 1 : 'q' in domain ? domain.q : undefined
  if (step === undefined) {
    const positionOf = ([value]: readonly ParamValue[]) => encode(domain, value as ParamValue)
    return { ...named, kind: 'continuous', size: Number.POSITIVE_INFINITY, positionOf, valuesAt }
  }
  const stepOf = (value: number) => roundHalfEven(value / step)
  const first = stepOf(valueAt(domain, 0) as number)
  const last = stepOf(valueAt(domain, 1) as number)
  const size = last - first + 1
  const cellOfStep = (k: number): readonly [number, number] => [
    k <= first ? 0 : edgeBelow(domain, k),
    k >= last ? 1 : edgeBelow(domain, k + 1),
  ]
  const centre = (k: number) => middle(cellOfStep(Math.min(last, Math.max(first, k))))
  const positionOf = ([value]: readonly ParamValue[]) =>
    typeof value === 'number' && !Number.isNaN(value) ? centre(stepOf(value)) : undefined
  const axis = { ...named, size, positionOf, valuesAt }
  if (size > MOST_LEVELS) return { ...axis, kind: 'continuous' }
  return {
    ...axis,
    kind: 'ordinal',
    levelAt: (position) => stepOf(valuesAt(position)[0] as number) - first,
    positionAt: (level) => centre(first + level),
    cell: (level) => cellOfStep(first + level),
  }
}

/** Where the values that are rounded up to step `k` begin. */
function edgeBelow(domain: Domain, k: number): number {
  if (domain.distribution === 'int_uniform') return (k - domain.min) / (domain.max - domain.min + 1)
  return 'q' in domain ? (encode(domain, (k - 0.5) * domain.q) ?? 0) : 0
}

function middle([low, high]: readonly [number, number]): number {
  return (low + high) / 2
}

/** Rows of a list, or of lists that move together; `shares` are the probabilities of the rows, absent = all alike. */
function rowsAxis(
  named: Named,
  rows: readonly (readonly ParamValue[])[],
  shares: readonly number[] | undefined,
): SearchAxis | undefined {
  const weightOf = new Map<string, number>()
  for (const [i, row] of rows.entries()) {
    const key = valueKey(row)
    weightOf.set(key, (weightOf.get(key) ?? 0) + (shares?.[i] ?? 1))
  }
  const possible = distinct(rows, valueKey).filter((row) => (weightOf.get(valueKey(row)) as number) > 0)
  if (possible.length < 2) return undefined
  const columns = (possible[0] ?? []).map((_, j) => possible.map((row) => row[j]))
  const numeric = columns.find((column) => column.every((value) => Number.isFinite(value)))
  if (numeric !== undefined && columns.every(isRising(numeric))) return listAxis(named, possible, numeric as number[])
  const indexOf = new Map(possible.map((row, i) => [valueKey(row), i]))
  const total = [...weightOf.values()].reduce((sum, weight) => sum + weight, 0)
  return {
    ...named,
    kind: 'categorical',
    size: possible.length,
    weights: possible.map((row) => (weightOf.get(valueKey(row)) as number) / total),
    positionOf: (values) => indexOf.get(valueKey(values)),
    valuesAt: (position) => possible[Math.min(possible.length - 1, Math.max(0, Math.round(position)))] ?? [],
  }
}

/** Whether a column goes up, or down, all the way with `numbers`; columns that are not numbers go along. */
function isRising(numbers: readonly unknown[]): (column: readonly unknown[]) => boolean {
  const order = numbers.map((_, i) => i).sort((a, b) => (numbers[a] as number) - (numbers[b] as number))
  return (column) => {
    if (!column.every((value) => Number.isFinite(value))) return true
    const steps = order.slice(1).map((at, i) => (column[at] as number) - (column[order[i] as number] as number))
    return steps.every((step) => step > 0) || steps.every((step) => step < 0)
  }
}

function listAxis(named: Named, rows: readonly (readonly ParamValue[])[], numbers: readonly number[]): OrdinalAxis {
  const order = numbers.map((_, i) => i).sort((a, b) => (numbers[a] as number) - (numbers[b] as number))
  const sorted = order.map((i) => rows[i] as readonly ParamValue[])
  const places = placesOf(order.map((i) => numbers[i] as number))
  const last = places.length - 1
  const edges = places.map((place, i) => (i === 0 ? 0 : (place + (places[i - 1] as number)) / 2))
  const indexOf = new Map(sorted.map((row, i) => [valueKey(row), i]))
  const levelAt = (position: number) => {
    const above = edges.findIndex((edge, i) => i > 0 && position < edge)
    return above === -1 ? last : above - 1
  }
  return {
    ...named,
    kind: 'ordinal',
    size: places.length,
    positionOf: (values) => {
      const level = indexOf.get(valueKey(values))
      return level === undefined ? undefined : places[level]
    },
    valuesAt: (position) => sorted[levelAt(position)] as readonly ParamValue[],
    levelAt,
    positionAt: (level) => places[Math.min(last, Math.max(0, level))] as number,
    cell: (level) => [edges[level] as number, edges[level + 1] ?? 1],
  }
}

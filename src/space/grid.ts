import { UserError } from '../base/errors.ts'
import type { Params } from './domain.ts'
import type { Axis } from './grid-axis.ts'
import { axisOf } from './grid-axis.ts'
import type { Layout, LeafValues, Need, Unit } from './layout.ts'
import { holds, isActive, layoutOf, paramsOf } from './layout.ts'
import type { Rule } from './rules.ts'
import { passes, rulesOf } from './rules.ts'
import type { SearchSpace } from './search-space.ts'

/*
 * A grid is a mixed-radix number with one digit a unit, the last fastest. Digits come after the gates they depend on,
 * so while a number is read from its first digit, each digit is known to be active (size values) or absent (one value).
 * A cursor counts active points only: `pointsFrom` says how many lie under a prefix, and with it a point is found by
 * division, and a sub-block is skipped by addition. Nothing is ever listed.
 */

/** Points up to this many are counted one by one where constraints leave no formula. */
const COUNTED = 20_000

/** Neighbouring values of a gate that switch nothing differently. */
interface Segment {
  readonly start: number
  readonly size: number
}

interface Digit {
  readonly unit: Unit
  readonly axis: Axis
  /** More than one only where later digits depend on this one. */
  readonly segments: readonly Segment[]
  /** Needs of later digits that look at earlier ones: all that the number of points from here on depends on. */
  readonly open: readonly Need[]
  /** Rules that can be judged once this digit is known. */
  readonly rules: readonly Rule[]
}

interface Grid {
  readonly layout: Layout
  readonly rules: readonly Rule[]
  readonly digits: readonly Digit[]
  readonly counts: Map<string, number>
}

export interface GridPoint {
  readonly params: Params
  /** What to ask with for the point after this one. */
  readonly cursor: number
}

const known = new WeakMap<SearchSpace, Grid>()

function gridOf(space: SearchSpace): Grid {
  const made = known.get(space)
  if (made) return made
  const layout = layoutOf(space)
  const grid = gridFor(layout, layout.units, rulesOf(space, layout))
  known.set(space, grid)
  return grid
}

function gridFor(layout: Layout, units: readonly Unit[], rules: readonly Rule[]): Grid {
  const digits = units.map((unit, i): Digit => {
    const before = new Set(units.slice(0, i).flatMap((u) => u.leaves))
    const later = units.slice(i + 1).flatMap((u) => u.needs)
    const axis = axisOf(unit, layout)
    return {
      unit,
      axis,
      segments: segmentsOf(axis, unit, later),
      open: units.slice(i).flatMap((u) => u.needs.filter((need) => before.has(need.leaf))),
      rules: rules.filter((rule) => {
        const rest = rule.leaves.filter((leaf) => !before.has(leaf))
        return rest.length > 0 && rest.every((leaf) => unit.leaves.includes(leaf))
      }),
    }
  })
  return { layout, rules, digits, counts: new Map() }
}

/** Cuts an axis where a later need changes its answer. Long ranges are cut at the values named, not walked. */
function segmentsOf(axis: Axis, unit: Unit, later: readonly Need[]): Segment[] {
  const needs = later.filter((need) => unit.leaves.includes(need.leaf))
  if (needs.length === 0) return [{ start: 0, size: axis.size }]
  const cuts = new Set([0])
  for (const index of namedIndices(axis, unit, needs)) {
    cuts.add(index)
    if (index + 1 < axis.size) cuts.add(index + 1)
  }
  const starts = [...cuts].sort((a, b) => a - b)
  return starts.map((start, i) => ({ start, size: (starts[i + 1] ?? axis.size) - start }))
}

function namedIndices(axis: Axis, unit: Unit, needs: readonly Need[]): number[] {
  const isNamed = (index: number) => {
    const values = axis.at(index)
    return needs.some((need) => holds(need, sparse(unit, values)))
  }
  if (axis.size <= 1e5) return Array.from({ length: axis.size }, (_, i) => i).filter(isNamed)
  // Only ranges of numbers are this long: each named number can lie at one place only.
  const first = axis.at(0)[0] as number
  const step = (axis.at(1)[0] as number) - first
  const guesses = needs.flatMap((need) => [...need.values].map((key) => Math.round((Number(key) - first) / step)))
  return guesses.filter((index) => index >= 0 && index < axis.size && isNamed(index))
}

function sparse(unit: Unit, values: Axis['at'] extends (i: number) => infer V ? V : never): LeafValues {
  const result: LeafValues = []
  for (const [i, leaf] of unit.leaves.entries()) result[leaf] = values[i]
  return result
}

function setDigit(digit: Digit, index: number, values: LeafValues): void {
  const chosen = digit.axis.at(index)
  for (const [i, leaf] of digit.unit.leaves.entries()) values[leaf] = chosen[i]
}

function clearDigit(digit: Digit, values: LeafValues): void {
  for (const leaf of digit.unit.leaves) values[leaf] = undefined
}

/** Points under the digits before `i`, conditions counted and constraints not. Beyond 2^53 only roughly right. */
function pointsFrom(grid: Grid, i: number, values: LeafValues): number {
  const digit = grid.digits[i]
  if (digit === undefined) return 1
  const key = `${i}:${digit.open.map((need) => (holds(need, values) ? 1 : 0)).join('')}`
  const counted = grid.counts.get(key)
  if (counted !== undefined) return counted
  let points = 0
  if (isActive(digit.unit, values)) {
    for (const { start, size } of digit.segments) {
      setDigit(digit, start, values)
      points += size * pointsFrom(grid, i + 1, values)
    }
    clearDigit(digit, values)
  } else {
    points = pointsFrom(grid, i + 1, values)
  }
  grid.counts.set(key, points)
  return points
}

/** Sets the values of the point with this rank; `block` is set when a constraint refuses a whole block of points. */
function locate(grid: Grid, rank: number, values: LeafValues): { readonly skipTo?: number } {
  let rest = rank
  for (const digit of grid.digits) clearDigit(digit, values)
  for (const [i, digit] of grid.digits.entries()) {
    if (!isActive(digit.unit, values)) continue
    const below = choose(grid, i, { values, rest })
    rest = below.rest
    if (digit.rules.some((rule) => !passes(rule, values))) return { skipTo: rank - rest + below.points }
  }
  return {}
}

/** Picks the value of digit `i` that holds the point `rest`; answers what is left and how many points lie below it. */
function choose(
  grid: Grid,
  i: number,
  { values, rest }: { readonly values: LeafValues; readonly rest: number },
): { readonly rest: number; readonly points: number } {
  const digit = grid.digits[i] as Digit
  let left = rest
  for (const { start, size } of digit.segments) {
    setDigit(digit, start, values)
    const points = pointsFrom(grid, i + 1, values)
    if (left < size * points) {
      const step = Math.floor(left / points)
      setDigit(digit, start + step, values)
      return { rest: left - step * points, points }
    }
    left -= size * points
  }
  return { rest: left, points: 0 }
}

/** Values of the first point at or after `rank` that the constraints allow; undefined at the end. */
function seek(grid: Grid, from: number): { readonly values: LeafValues; readonly rank: number } | undefined {
  const values: LeafValues = grid.layout.leaves.map(() => undefined)
  const total = pointsFrom(grid, 0, values)
  for (let rank = from; rank < total; ) {
    if (rank > Number.MAX_SAFE_INTEGER) throw tooLarge()
    const { skipTo } = locate(grid, rank, values)
    if (skipTo === undefined) return { values, rank }
    rank = skipTo
  }
  return undefined
}

function tooLarge(): UserError {
  return new UserError('The constraints leave out so much of this grid that its place cannot be counted any more.', {
    code: 'SPACE_GRID_TOO_LARGE',
    suggestions: ['method: random'],
  })
}

/**
 * The next point of the grid. Names are sorted and the last varies fastest, as in W&B; a parameter with conditions
 * comes after the ones it depends on. Absent parameters are not varied, equal values appear once, and what the
 * constraints refuse is left out, so no configuration comes twice.
 *
 * Costs the same at the start and in the middle of 10^15 points; nothing is kept between calls but counts of the space.
 *
 * @param cursor what the last answer said; undefined for the first point
 * @throws {UserError} SPACE_NOT_GRIDDABLE
 */
export function nextGridPoint(space: SearchSpace, cursor?: number): GridPoint | undefined {
  const grid = gridOf(space)
  const found = seek(grid, cursor ?? 0)
  return found && { params: paramsOf(grid.layout, found.values), cursor: found.rank + 1 }
}

/** How many configurations a grid has. `exact` is false when constraints make it an upper bound. */
export interface GridCount {
  readonly points: number
  readonly exact: boolean
}

/**
 * Counts without listing: exact for products and conditions (in double precision beyond 2^53), and for constraints
 * where the parameters concerned have at most 20,000 combinations among themselves.
 *
 * @throws {UserError} SPACE_NOT_GRIDDABLE
 */
export function countGrid(space: SearchSpace): GridCount {
  const grid = gridOf(space)
  const all = pointsFrom(grid, 0, [])
  if (grid.rules.length === 0) return { points: all, exact: true }
  const concerned = gridFor(grid.layout, concernedUnits(grid), grid.rules)
  const combinations = pointsFrom(concerned, 0, [])
  if (combinations > COUNTED) return { points: all, exact: false }
  let passing = 0
  for (let at = seek(concerned, 0); at !== undefined; at = seek(concerned, at.rank + 1)) passing++
  const others = grid.digits.filter((digit) => !concerned.digits.some((d) => d.unit === digit.unit))
  return { points: others.reduce((product, digit) => product * digit.axis.size, passing), exact: true }
}

/** Units in a constraint or a condition, on either side; all others only multiply. */
function concernedUnits(grid: Grid): Unit[] {
  const units = grid.digits.map((digit) => digit.unit)
  const named = new Set([
    ...grid.rules.flatMap((rule) => rule.leaves),
    ...units.flatMap((unit) => unit.needs.map((need) => need.leaf)),
  ])
  return units.filter((unit) => unit.needs.length > 0 || unit.leaves.some((leaf) => named.has(leaf)))
}

/** {@link countGrid}'s number alone. */
export function gridSize(space: SearchSpace): number {
  return countGrid(space).points
}

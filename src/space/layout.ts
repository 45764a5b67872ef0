import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Domain, Params, ParamValue } from './domain.ts'
import { valueKey } from './params-key.ts'
import type { Condition, Parameter, ParameterPath, SearchSpace } from './search-space.ts'

/** One parameter at the end of its nesting. */
export interface Leaf {
  /** Keys joined by dots. */
  readonly path: ParameterPath
  readonly keys: readonly string[]
  readonly domain: Domain
}

/** The leaf with this number must exist and have one of these values. */
export interface Need {
  readonly leaf: number
  /** {@link valueKey}s. */
  readonly values: ReadonlySet<string>
}

/** What is decided in one go: a parameter, or a zipped group. */
export interface Unit {
  /** Numbers of the leaves. */
  readonly leaves: readonly number[]
  /** All must hold, or the unit is absent. A condition of one member holds for its whole zipped group. */
  readonly needs: readonly Need[]
}

/** A search space laid out for walking. `leaves` in W&B's order; `units` in an order where every gate comes first. */
export interface Layout {
  readonly leaves: readonly Leaf[]
  readonly units: readonly Unit[]
}

/** The value of each leaf by number; undefined = absent, or not decided yet. */
export type LeafValues = (ParamValue | undefined)[]

/** What W&B joins nested names with before it sorts them; kept because it decides the order of a grid. */
const WANDB_NESTING = '.wbnest[599c28ca25da].'

const known = new WeakMap<SearchSpace, Layout>()

/** @throws {UserError} SPACE_PATH_UNKNOWN, SPACE_CONDITION_CIRCLE (config/ reports both earlier, with their lines) */
export function layoutOf(space: SearchSpace): Layout {
  const made = known.get(space)
  if (made) return made
  const leaves = leavesOf(space)
  const layout = { leaves, units: inDecisionOrder(unitsOf(space, leaves), leaves) }
  known.set(space, layout)
  return layout
}

/** All parameters, nested ones flattened, in W&B's order of names. */
export function leavesOf(space: SearchSpace): Leaf[] {
  const leaves: (Leaf & { readonly sortKey: string })[] = []
  const visit = (parameters: Readonly<Record<string, Parameter>>, above: readonly string[]) => {
    for (const [name, parameter] of Object.entries(parameters)) {
      const keys = [...above, name]
      if ('parameters' in parameter) visit(parameter.parameters, keys)
      else leaves.push({ path: keys.join('.'), keys, domain: parameter, sortKey: keys.join(WANDB_NESTING) })
    }
  }
  visit(space.parameters, [])
  leaves.sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
  return leaves.map(({ path, keys, domain }) => ({ path, keys, domain }))
}

/** Numbers of the leaves that a path means: one, or all of a nested group; none for an unknown path. */
export function leavesAt(leaves: readonly Leaf[], path: ParameterPath): number[] {
  const exact = leaves.flatMap((leaf, i) => (leaf.path === path ? [{ i, depth: leaf.keys.length }] : []))
  // A plain name with a dot in it wins over a nested parameter that reads the same.
  if (exact.length > 0) return [exact.reduce((a, b) => (b.depth < a.depth ? b : a)).i]
  return leaves.flatMap((leaf, i) => (leaf.path.startsWith(`${path}.`) && isGroup(leaf, path) ? [i] : []))
}

function isGroup(leaf: Leaf, path: string): boolean {
  return leaf.keys.some((_, depth) => depth > 0 && leaf.keys.slice(0, depth).join('.') === path)
}

/** @throws {UserError} SPACE_PATH_UNKNOWN */
export function leafAt(leaves: readonly Leaf[], path: ParameterPath): number {
  const [found, ...more] = leavesAt(leaves, path)
  if (found !== undefined && more.length === 0) return found
  const near = nearest(
    path,
    leaves.map((leaf) => leaf.path),
  )
  throw new UserError(`The space has no parameter "${path}". Nothing was started.`, {
    code: 'SPACE_PATH_UNKNOWN',
    suggestions: near,
  })
}

function unitsOf(space: SearchSpace, leaves: readonly Leaf[]): Unit[] {
  const groups = space.zipped.map((group) => group.parameters.map((path) => leafAt(leaves, path)).sort((a, b) => a - b))
  const zipped = new Set(groups.flat())
  const single = leaves.flatMap((_, i) => (zipped.has(i) ? [] : [[i]]))
  return [...single, ...groups]
    .sort((a, b) => (a[0] as number) - (b[0] as number))
    .map((members) => ({
      leaves: members,
      needs: space.conditions
        .filter((condition) => leavesAt(leaves, condition.parameter).some((leaf) => members.includes(leaf)))
        .flatMap((condition) => needsOf(condition, leaves)),
    }))
}

function needsOf(condition: Condition, leaves: readonly Leaf[]): Need[] {
  return Object.entries(condition.when).map(([path, values]) => ({
    leaf: leafAt(leaves, path),
    values: new Set(values.map(valueKey)),
  }))
}

/** The first name whose gates are all placed comes next: without conditions this is W&B's order. */
function inDecisionOrder(units: readonly Unit[], leaves: readonly Leaf[]): Unit[] {
  const waiting = [...units]
  const placed = new Set<number>()
  const ordered: Unit[] = []
  while (waiting.length > 0) {
    const ready = waiting.findIndex((unit) => unit.needs.every((need) => placed.has(need.leaf)))
    if (ready === -1) throw circle(waiting, leaves)
    const [unit] = waiting.splice(ready, 1) as [Unit]
    for (const leaf of unit.leaves) placed.add(leaf)
    ordered.push(unit)
  }
  return ordered
}

function circle(units: readonly Unit[], leaves: readonly Leaf[]): UserError {
  const names = units.flatMap((unit) => unit.leaves.map((leaf) => leaves[leaf]?.path)).join(', ')
  return new UserError(`The conditions of ${names} wait for each other in a circle. Nothing was started.`, {
    code: 'SPACE_CONDITION_CIRCLE',
  })
}

/** Whether the unit exists, given the values of the units before it. */
export function isActive(unit: Unit, values: LeafValues): boolean {
  return unit.needs.every((need) => holds(need, values))
}

export function holds(need: Need, values: LeafValues): boolean {
  const value = values[need.leaf]
  return value !== undefined && need.values.has(valueKey(value))
}

/** Re-nests the values; a nested group without any active parameter is absent. */
export function paramsOf(layout: Layout, values: LeafValues): Params {
  const params: Record<string, ParamValue> = {}
  for (const [i, leaf] of layout.leaves.entries()) {
    const value = values[i]
    if (value === undefined) continue
    let group = params
    for (const key of leaf.keys.slice(0, -1)) {
      group[key] ??= {}
      group = group[key] as Record<string, ParamValue>
    }
    group[leaf.keys.at(-1) as string] = value
  }
  return params
}

import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Domain, ParamValue } from '../space/domain.ts'
import type { Leaf } from '../space/layout.ts'
import { layoutOf, leavesAt } from '../space/layout.ts'
import { valueKey } from '../space/params-key.ts'
import type { Condition, Constraint, SearchSpace, ZippedGroup } from '../space/search-space.ts'
import { readItems, readMap } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, LocatedScalar, MapEntry, Place } from './located.ts'
import { described, entryOf, plainOf } from './located.ts'

/** A condition as written; resolved when all parameters are known. */
export interface WrittenCondition {
  readonly path: string
  readonly when: LocatedMap
}

/** @param leaves all parameters of the space */
export function readConditions(
  written: readonly WrittenCondition[],
  leaves: readonly Leaf[],
  findings: Findings,
): Condition[] {
  return written.flatMap(({ path, when }) => {
    const group = path.includes('.') ? path.slice(0, path.lastIndexOf('.') + 1) : ''
    const terms = when.entries.flatMap((entry) => {
      const found = resolved(entry.key, group, leaves)
      if (found === undefined) {
        unknownPath(entry.key, entry.keyPlace, { leaves, findings })
        return []
      }
      neverTrue(entry, found, findings)
      return [[found.path, readItems(entry.value).map(plainOf)] as const]
    })
    return terms.length === 0 ? [] : [{ parameter: path, when: Object.fromEntries(terms) }]
  })
}

/** A path from the top, or the name of a neighbour in the same nested group. */
function resolved(path: string, group: string, leaves: readonly Leaf[]): Leaf | undefined {
  for (const full of [path, `${group}${path}`]) {
    const [found, ...more] = leavesAt(leaves, full)
    if (found !== undefined && more.length === 0 && leaves[found]?.path === full) return leaves[found]
  }
  return undefined
}

function listed(domain: Domain): readonly ParamValue[] | undefined {
  if (domain.distribution === 'constant') return [domain.value]
  return 'values' in domain ? domain.values : undefined
}

function neverTrue({ value }: MapEntry, gate: Leaf, findings: Findings): void {
  const possible = listed(gate.domain)
  if (possible === undefined) return
  const keys = new Set(possible.map(valueKey))
  for (const item of readItems(value)) {
    if (keys.has(valueKey(plainOf(item)))) continue
    const near = nearest(String(plainOf(item)), possible.map(String))[0]
    findings.problem({
      code: 'SPACE_CONDITION',
      at: item.place,
      message: `${value.place.path} is ${described(item)}, a value that ${gate.path} never has. It has ${possible.map((v) => JSON.stringify(v)).join(', ')}.`,
      fix: near,
    })
  }
}

/** Says that `path` is no parameter, with near names. */
function unknownPath(path: string, at: Place, known: { leaves: readonly Leaf[]; findings: Findings }): void {
  const names = known.leaves.map((leaf) => leaf.path)
  const shown = names.length > 12 ? [...names.slice(0, 12), '...'] : names
  known.findings.problem({
    code: 'SPACE_REFERENCE',
    at,
    message: `"${path}" is not a parameter of this space. Parameters: ${shown.join(', ')}.`,
    fix: nearest(path, names)[0],
  })
}

/** `zip: [[a, b], [c, d]]`; a flat list of names is one group. */
export function readZips(nodes: readonly Located[], leaves: readonly Leaf[], findings: Findings): ZippedGroup[] {
  const groups = nodes.flatMap((node) => {
    const items = readItems(node)
    return items.every((item) => item.kind === 'scalar') ? [{ at: node.place, items }] : items.map(asGroup)
  })
  const taken = new Map<string, Place>()
  return groups.flatMap(({ at, items }) => {
    const members = items.flatMap((item) => memberOf(item, { leaves, findings, taken }))
    if (members.length < items.length) return []
    return equallyLong(members, at, findings) ? [{ parameters: members.map((leaf) => leaf.path) }] : []
  })
}

function asGroup(node: Located): { at: Place; items: readonly Located[] } {
  return { at: node.place, items: readItems(node) }
}

interface ZipReading {
  readonly leaves: readonly Leaf[]
  readonly findings: Findings
  readonly taken: Map<string, Place>
}

function memberOf(item: Located, { leaves, findings, taken }: ZipReading): Leaf[] {
  const path = item.kind === 'scalar' ? String(item.value) : ''
  const leaf = resolved(path, '', leaves)
  if (leaf === undefined) {
    unknownPath(path, item.place, { leaves, findings })
    return []
  }
  if (leaf.domain.distribution !== 'categorical' || taken.has(path)) {
    const why = taken.has(path) ? 'is zipped already' : `is ${leaf.domain.distribution}, not a list of values`
    findings.problem({ code: 'SPACE_ZIP', at: item.place, message: `${path} cannot be zipped: it ${why}.` })
    return []
  }
  taken.set(path, item.place)
  return [leaf]
}

function equallyLong(members: readonly Leaf[], at: Place, findings: Findings): boolean {
  const lengths = members.map((leaf) => listed(leaf.domain)?.length ?? 0)
  if (members.length >= 2 && new Set(lengths).size === 1) return true
  const seen = members.map((leaf, i) => `${leaf.path} has ${lengths[i]}`).join(', ')
  const message =
    members.length < 2 ? 'A zip needs two parameters or more.' : `Zipped lists must be equally long: ${seen}.`
  findings.problem({ code: 'SPACE_ZIP', at, message })
  return false
}

export function readConstraints(nodes: readonly Located[], leaves: readonly Leaf[], findings: Findings): Constraint[] {
  return nodes.flatMap((node) => {
    const map = readMap(node, findings)
    const forbid = map && entryOf(map, 'forbid')
    const require = map && entryOf(map, 'require')
    if (map === undefined) return []
    if (map.entries.length === 1 && forbid) return readForbid(forbid, leaves, findings)
    if (map.entries.length === 1 && require) return readRequire(require, leaves, findings)
    findings.problem({
      code: 'SPACE_CONSTRAINT',
      at: map.place,
      message: `A constraint is ${described(map)}; it must have forbid or require, and only one of them.`,
      fix: 'forbid: {a: 1, b: 2}, or require: "a <= b"',
    })
    return []
  })
}

function readForbid(node: Located, leaves: readonly Leaf[], findings: Findings): Constraint[] {
  const map = readMap(node, findings)
  if (map === undefined) return []
  const terms = map.entries.flatMap((entry) => {
    const leaf = resolved(entry.key, '', leaves)
    if (leaf === undefined) unknownPath(entry.key, entry.keyPlace, { leaves, findings })
    return leaf === undefined ? [] : [[leaf.path, readItems(entry.value).map(plainOf)] as const]
  })
  return terms.length === map.entries.length && terms.length > 0 ? [{ forbid: Object.fromEntries(terms) }] : []
}

const REQUIRE = /^\s*(\S+)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*$/
type Operator = Extract<Constraint, { require: unknown }>['require']['operator']

function readRequire(node: Located, leaves: readonly Leaf[], findings: Findings): Constraint[] {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
  const [, left, operator, right] = REQUIRE.exec(text) ?? []
  if (left === undefined || operator === undefined || right === undefined) {
    findings.problem({
      code: 'SPACE_CONSTRAINT',
      at: node.place,
      message: `${node.place.path} is ${described(node)}; it must compare a parameter with a parameter or a number.`,
      fix: 'require: "a <= b", with one of < <= > >= == !=',
    })
    return []
  }
  const leftLeaf = resolved(left, '', leaves)
  const rightLeaf = resolved(right, '', leaves)
  const number = rightLeaf === undefined && Number.isFinite(Number(right)) ? Number(right) : undefined
  if (leftLeaf === undefined) unknownPath(left, node.place, { leaves, findings })
  if (rightLeaf === undefined && number === undefined) unknownPath(right, node.place, { leaves, findings })
  const ordered = operator !== '==' && operator !== '!='
  const sides = [leftLeaf, rightLeaf].filter((leaf): leaf is Leaf => leaf !== undefined)
  if (ordered && !sides.every((leaf) => hasNumbers(leaf, node as LocatedScalar, findings))) return []
  if (leftLeaf === undefined || (rightLeaf === undefined && number === undefined)) return []
  return [
    { require: { left: leftLeaf.path, operator: operator as Operator, right: rightLeaf?.path ?? (number as number) } },
  ]
}

function hasNumbers(leaf: Leaf, node: LocatedScalar, findings: Findings): boolean {
  const other = listed(leaf.domain)?.find((value) => typeof value !== 'number')
  if (other === undefined) return true
  findings.problem({
    code: 'SPACE_CONSTRAINT',
    at: node.place,
    message: `${node.place.path} is ${described(node)}, but ${leaf.path} may be ${JSON.stringify(other)}, which is not a number and has no order.`,
    fix: 'forbid: {...}, or == and !=',
  })
  return false
}

/** Says when conditions wait for each other in a circle. */
export function conditionProblems(space: SearchSpace, written: readonly WrittenCondition[], findings: Findings): void {
  try {
    layoutOf(space)
  } catch (error) {
    const [first] = written
    if (!(error instanceof UserError) || first === undefined) throw error
    findings.problem({
      code: 'SPACE_CONDITION',
      at: first.when.place,
      message: error.message.replace(' Nothing was started.', ''),
      fix: 'remove one `when`',
    })
  }
}

import type { ParamValue } from '../space/domain.ts'
import { valueKey } from '../space/params-key.ts'
import type { Condition, Constraint, SearchSpace } from '../space/search-space.ts'
import type { NextDomain } from './next-domain.ts'

/** What of a space's rules still fits its proposed domains, in the keys of a search-space file. */
export interface KeptRules {
  /** `when` of a parameter. */
  readonly when: ReadonlyMap<string, Readonly<Record<string, readonly ParamValue[]>>>
  /** Parameters that could never exist any more. */
  readonly absent: ReadonlySet<string>
  readonly rest: { readonly zip?: readonly (readonly string[])[]; readonly constraints?: readonly unknown[] }
  /** Rules that are not among these. */
  readonly left: number
}

type Proposal = ReadonlyMap<string, NextDomain>

export function keptRules(space: SearchSpace, proposal: Proposal): KeptRules {
  const when = new Map<string, Record<string, readonly ParamValue[]>>()
  const absent = new Set<string>()
  let left = 0
  for (const condition of space.conditions) {
    const { parameter } = condition
    const gates = proposal.has(parameter) ? narrowed(condition, proposal) : undefined
    if (gates === undefined) left++
    else if (gates === 'never') absent.add(parameter)
    else if (Object.keys(gates).length > 0) when.set(parameter, { ...when.get(parameter), ...gates })
  }
  const zip = space.zipped.map(({ parameters }) => parameters).filter((names) => areZipped(names, proposal))
  const constraints = space.constraints.flatMap((constraint) => kept(constraint, proposal, absent) ?? [])
  left += space.constraints.length - constraints.length
  const rest = { ...(zip.length === 0 ? {} : { zip }), ...(constraints.length === 0 ? {} : { constraints }) }
  return { when, absent, rest, left }
}

/** Values that a proposed domain lists; undefined for a range. */
function listed(path: string, proposal: Proposal): readonly ParamValue[] | undefined {
  const domain = proposal.get(path)?.domain
  if (domain === undefined) return undefined
  if ('value' in domain) return [domain.value as ParamValue]
  return Array.isArray(domain.values) ? (domain.values as readonly ParamValue[]) : undefined
}

/** @returns the gates that still decide something; `never` when one of them cannot open; undefined = unknown gate */
function narrowed({ when }: Condition, proposal: Proposal) {
  const gates: Record<string, readonly ParamValue[]> = {}
  for (const [path, values] of Object.entries(when)) {
    if (!proposal.has(path)) return undefined
    const now = listed(path, proposal)
    const open = now === undefined ? values : common(values, now)
    if (open.length === 0) return 'never'
    if (now === undefined || open.length < now.length) gates[path] = open
  }
  return gates
}

function common(values: readonly ParamValue[], now: readonly ParamValue[]): readonly ParamValue[] {
  const keys = new Set(now.map(valueKey))
  return values.filter((value) => keys.has(valueKey(value)))
}

/** All are still lists of one length; those that were fixed were fixed together. */
function areZipped(names: readonly string[], proposal: Proposal): boolean {
  const lengths = names.map((name) => listed(name, proposal)?.length ?? 0)
  return (lengths[0] ?? 0) > 1 && lengths.every((length) => length === lengths[0])
}

function kept(constraint: Constraint, proposal: Proposal, absent: ReadonlySet<string>): readonly unknown[] | undefined {
  const isThere = (path: string) => proposal.has(path) && !absent.has(path)
  if ('require' in constraint) {
    const { left, operator, right } = constraint.require
    if (!isThere(left) || (typeof right === 'string' && !isThere(right))) return undefined
    return [{ require: `${left} ${operator} ${right}` }]
  }
  const forbid = Object.entries(constraint.forbid).map(([path, values]) => {
    const now = listed(path, proposal)
    return [path, now === undefined ? values : common(values, now)] as const
  })
  if (forbid.some(([path, values]) => !isThere(path) || values.length === 0)) return undefined
  return [{ forbid: Object.fromEntries(forbid) }]
}

import type { ParamValue } from './domain.ts'
import type { Layout, LeafValues } from './layout.ts'
import { leafAt } from './layout.ts'
import { valueKey } from './params-key.ts'
import type { Constraint, SearchSpace } from './search-space.ts'

/** A constraint with its paths resolved. A point with one of `leaves` absent always passes. */
export interface Rule {
  readonly leaves: readonly number[]
  /** Asked only when all of `leaves` have values. */
  readonly allows: (values: LeafValues) => boolean
}

type Require = Extract<Constraint, { require: unknown }>['require']

export function rulesOf(space: SearchSpace, layout: Layout): Rule[] {
  return space.constraints.map((constraint) =>
    'forbid' in constraint ? forbidRule(constraint.forbid, layout) : requireRule(constraint.require, layout),
  )
}

function forbidRule(forbid: Readonly<Record<string, readonly ParamValue[]>>, layout: Layout): Rule {
  const terms = Object.entries(forbid).map(([path, values]) => ({
    leaf: leafAt(layout.leaves, path),
    keys: new Set(values.map(valueKey)),
  }))
  return {
    leaves: terms.map((term) => term.leaf),
    allows: (values) => !terms.every((term) => term.keys.has(valueKey(values[term.leaf] as ParamValue))),
  }
}

function requireRule({ left, operator, right }: Require, layout: Layout): Rule {
  const leftLeaf = leafAt(layout.leaves, left)
  const rightLeaf = typeof right === 'number' ? undefined : leafAt(layout.leaves, right)
  return {
    leaves: rightLeaf === undefined ? [leftLeaf] : [leftLeaf, rightLeaf],
    allows: (values) => {
      const b = rightLeaf === undefined ? (right as number) : (values[rightLeaf] as ParamValue)
      return compare(values[leftLeaf] as ParamValue, operator, b)
    },
  }
}

/** Only numbers have an order; other values can be equal or not. */
function compare(a: ParamValue, operator: Require['operator'], b: ParamValue): boolean {
  if (operator === '==') return valueKey(a) === valueKey(b)
  if (operator === '!=') return valueKey(a) !== valueKey(b)
  if (typeof a !== 'number' || typeof b !== 'number') return false
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

/** True when the point passes; rules with an absent parameter pass. */
export function passes(rule: Rule, values: LeafValues): boolean {
  return rule.leaves.some((leaf) => values[leaf] === undefined) || rule.allows(values)
}

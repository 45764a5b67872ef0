import { UserError } from '../base/errors.ts'
import { grouped } from '../base/human-readable.ts'
import type { Rng } from '../base/rng.ts'
import type { Params, ParamValue } from './domain.ts'
import type { Layout, LeafValues, Unit } from './layout.ts'
import { isActive, layoutOf, paramsOf } from './layout.ts'
import { passes, rulesOf } from './rules.ts'
import type { SearchSpace } from './search-space.ts'
import { indexAt, valueAt } from './value-at.ts'

/** A space whose constraints leave less than about 0.5 % of it is better written another way. */
const TRIES = 1000

/**
 * Draws one point of the space.
 *
 * One draw for each parameter that is not constant, in the order of their names, also for those that turn out to be
 * absent: what a parameter gets never depends on the conditions of the others. A zipped group takes one draw.
 * Points that a constraint refuses are drawn again as a whole.
 *
 * @throws {UserError} SPACE_TOO_CONSTRAINED after 1,000 refused draws
 */
export function samplePoint(space: SearchSpace, rng: Rng): Params {
  for (let i = 0; i < TRIES; i++) {
    const point = pointAt(space, () => rng.uniform())
    if (point !== undefined) return point
  }
  throw tooConstrained(TRIES)
}

export function tooConstrained(tries: number): UserError {
  return new UserError(
    `The constraints of the space refused ${grouped(tries)} samples in a row. No trial was made from it.`,
    {
      code: 'SPACE_TOO_CONSTRAINED',
      suggestions: ['loosen the constraints', 'narrow the domains so that most points pass', 'method: grid'],
    },
  )
}

/**
 * The point that these quantiles stand for.
 *
 * @param quantileOf asked once for each parameter (or zipped group) that is not constant, in the order of their names;
 * 0 to 1. `draw` counts them from 0.
 * @returns undefined when a constraint refuses the point
 */
export function pointAt(space: SearchSpace, quantileOf: (draw: number) => number): Params | undefined {
  const layout = layoutOf(space)
  const values = drawOnce(layout, quantileOf)
  return rulesOf(space, layout).every((rule) => passes(rule, values)) ? paramsOf(layout, values) : undefined
}

function drawOnce(layout: Layout, quantileOf: (draw: number) => number): LeafValues {
  const units = [...layout.units].sort((a, b) => (a.leaves[0] as number) - (b.leaves[0] as number))
  const quantiles = new Map<Unit, number>()
  let draw = 0
  for (const unit of units) {
    const domain = layout.leaves[unit.leaves[0] as number]?.domain
    const isFixed = domain?.distribution === 'constant' && unit.leaves.length === 1
    quantiles.set(unit, isFixed ? 0 : quantileOf(draw++))
  }
  const values: LeafValues = layout.leaves.map(() => undefined)
  for (const unit of layout.units) {
    if (isActive(unit, values)) decide(unit, quantiles.get(unit) as number, { layout, values })
  }
  return values
}

function decide(unit: Unit, u: number, { layout, values }: { layout: Layout; values: LeafValues }): void {
  for (const leaf of unit.leaves) {
    const { domain } = layout.leaves[leaf] as Layout['leaves'][number]
    // Members of a zipped group are lists of one length: they must agree on the index, whatever their probabilities.
    values[leaf] =
      unit.leaves.length > 1 && 'values' in domain
        ? (domain.values[indexAt(u, domain.values.length)] as ParamValue)
        : valueAt(domain, u)
  }
}

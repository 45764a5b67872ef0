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
  const layout = layoutOf(space)
  const rules = rulesOf(space, layout)
  for (let i = 0; i < TRIES; i++) {
    const values = drawOnce(layout, rng)
    if (rules.every((rule) => passes(rule, values))) return paramsOf(layout, values)
  }
  throw new UserError(
    `The constraints of the space refused ${grouped(TRIES)} samples in a row. No trial was made from it.`,
    {
      code: 'SPACE_TOO_CONSTRAINED',
      suggestions: ['loosen the constraints', 'narrow the domains so that most points pass', 'method: grid'],
    },
  )
}

function drawOnce(layout: Layout, rng: Rng): LeafValues {
  const units = [...layout.units].sort((a, b) => (a.leaves[0] as number) - (b.leaves[0] as number))
  const draws = new Map<Unit, number>()
  for (const unit of units) {
    const domain = layout.leaves[unit.leaves[0] as number]?.domain
    draws.set(unit, domain?.distribution === 'constant' && unit.leaves.length === 1 ? 0 : rng.uniform())
  }
  const values: LeafValues = layout.leaves.map(() => undefined)
  for (const unit of layout.units) {
    if (isActive(unit, values)) decide(unit, draws.get(unit) as number, { layout, values })
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

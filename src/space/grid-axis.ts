import { UserError } from '../base/errors.ts'
import type { Domain, ParamValue } from './domain.ts'
import type { Layout, Unit } from './layout.ts'
import { distinct, valueKey } from './params-key.ts'

/** The values of one unit along a grid, never held in memory as a whole. */
export interface Axis {
  readonly size: number
  /** Values of the unit's leaves, in their order, at `index` in [0, size). */
  at(index: number): readonly ParamValue[]
}

/** W&B's rule: lists, constants, whole numbers, and steps of `q_uniform` can be walked; everything else cannot. */
export function isGriddable(domain: Domain): boolean {
  return ['constant', 'categorical', 'int_uniform', 'q_uniform'].includes(domain.distribution)
}

/** @throws {UserError} SPACE_NOT_GRIDDABLE */
export function axisOf(unit: Unit, layout: Layout): Axis {
  const leaves = unit.leaves.map((leaf) => layout.leaves[leaf] as Layout['leaves'][number])
  const [first] = leaves
  if (leaves.length === 1 && first) return domainAxis(first.domain, first.path)
  const lists = leaves.map(({ domain }) => ('values' in domain ? domain.values : []))
  const rows = (lists[0] ?? []).map((_, i) => lists.map((values) => values[i] as ParamValue))
  return listAxis(distinct(rows, valueKey))
}

function listAxis(rows: readonly (readonly ParamValue[])[]): Axis {
  return { size: rows.length, at: (index) => rows[index] as readonly ParamValue[] }
}

function domainAxis(domain: Domain, path: string): Axis {
  switch (domain.distribution) {
    case 'constant':
      return listAxis([[domain.value]])
    case 'categorical':
      return listAxis(distinct(domain.values, valueKey).map((value) => [value]))
    case 'int_uniform':
      return { size: domain.max - domain.min + 1, at: (index) => [domain.min + index] }
    case 'q_uniform': {
      // np.arange: `max` is left out, and the step is what is left of q after it was added to the start.
      const step = domain.min + domain.q - domain.min
      return { size: Math.ceil((domain.max - domain.min) / domain.q), at: (index) => [domain.min + index * step] }
    }
    default:
      throw new UserError(
        `Parameter "${path}" is ${domain.distribution}, which is continuous, so a grid cannot list its values.`,
        { code: 'SPACE_NOT_GRIDDABLE', suggestions: ['values: [...]', 'distribution: q_uniform', 'method: random'] },
      )
  }
}

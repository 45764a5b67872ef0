import fc from 'fast-check'
import type { Domain, ParamValue } from '../../src/space/domain.ts'
import type { Condition, Constraint, SearchSpace, ZippedGroup } from '../../src/space/search-space.ts'

/** Parameters of the small random spaces; `a` to `e` sort before and after each other's gates. */
const NAMES = ['a', 'b', 'c', 'd', 'e'] as const

const values = fc.array(fc.constantFrom<ParamValue>(0, 1, 2, 'x', true), { minLength: 1, maxLength: 3 })

const gridDomain: fc.Arbitrary<Domain> = fc.oneof(
  values.map((v): Domain => ({ distribution: 'categorical', values: v })),
  fc.constantFrom<Domain>(
    { distribution: 'int_uniform', min: 0, max: 2 },
    { distribution: 'q_uniform', min: 0, max: 3, q: 1, integer: true },
    { distribution: 'constant', value: 1 },
  ),
)

/** Conditions point from one name to an earlier one of a random order, so there is no circle. */
function conditions(order: readonly string[]): fc.Arbitrary<Condition[]> {
  return fc
    .array(
      fc.tuple(fc.nat(3), fc.nat(3), fc.uniqueArray(fc.constantFrom<ParamValue>(0, 1, 2, 'x'), { minLength: 1 })),
      {
        maxLength: 3,
      },
    )
    .map((picks) =>
      picks.map(([dependent, gate, when]) => {
        const at = Math.min(order.length - 1, 1 + dependent)
        return { parameter: order[at] as string, when: { [order[gate % at] as string]: when } }
      }),
    )
}

const constraint = (names: readonly string[]): fc.Arbitrary<Constraint> =>
  fc.oneof(
    fc.record({
      forbid: fc.dictionary(
        fc.constantFrom(...names),
        fc.array(fc.constantFrom<ParamValue>(0, 1, 'x'), { minLength: 1 }),
        {
          minKeys: 1,
          maxKeys: 2,
          noNullPrototype: true,
        },
      ),
    }),
    fc.record({
      require: fc.record({
        left: fc.constantFrom(...names),
        operator: fc.constantFrom('<=' as const, '!=' as const, '>' as const),
        right: fc.oneof(fc.constantFrom<string | number>(...names), fc.constant(1)),
      }),
    }),
  )

/** A space of two to five small parameters with conditions, at most one zipped pair, and constraints. */
export const smallSpace: fc.Arbitrary<SearchSpace> = fc.integer({ min: 2, max: NAMES.length }).chain((n) => {
  const names = NAMES.slice(0, n)
  return fc
    .tuple(
      fc.array(gridDomain, { minLength: n, maxLength: n }),
      fc.shuffledSubarray([...names], { minLength: n, maxLength: n }).chain(conditions),
      fc.array(constraint(names), { maxLength: 2 }),
      fc.option(values),
    )
    .map(([domains, when, constraints, zip]) => {
      const parameters = Object.fromEntries(names.map((name, i) => [name, domains[i] as Domain]))
      const zipped: ZippedGroup[] = []
      // A zipped pair shares its gates, so it is only made of two that do not gate each other.
      const gated = when.some((c) => [c.parameter, ...Object.keys(c.when)].some((p) => p === 'a' || p === 'b'))
      if (zip && !gated) {
        parameters.a = { distribution: 'categorical', values: zip }
        parameters.b = { distribution: 'categorical', values: zip.map((v) => `${String(v)}!`) }
        zipped.push({ parameters: ['a', 'b'] })
      }
      return { parameters, conditions: when, zipped, constraints }
    })
})

/** The grid by brute force: the whole product, inactive parameters removed, filtered, each point once. */
export function naiveGrid(space: SearchSpace): Record<string, ParamValue>[] {
  const zipped = space.zipped[0]?.parameters ?? []
  let points: Record<string, ParamValue>[] = [{}]
  for (const [name, parameter] of Object.entries(space.parameters)) {
    if (name === zipped[1]) continue
    const list = allValues(parameter as Domain)
    points = points.flatMap((point) =>
      list.map((value, i) => ({
        ...point,
        [name]: value,
        ...(name === zipped[0]
          ? { [zipped[1] as string]: allValues(space.parameters[zipped[1] as string] as Domain)[i] as ParamValue }
          : {}),
      })),
    )
  }
  return points.map((point) => withoutInactive(point, space)).filter((point) => allowed(point, space))
}

function allValues(domain: Domain): readonly ParamValue[] {
  if (domain.distribution === 'constant') return [domain.value]
  if ('values' in domain) return domain.values
  return domain.distribution === 'int_uniform' ? [0, 1, 2] : [0, 1, 2]
}

/** Removes until nothing changes: whatever order the gates are in. */
function withoutInactive(point: Record<string, ParamValue>, space: SearchSpace): Record<string, ParamValue> {
  const failing = space.conditions.find(
    (c) =>
      c.parameter in point && Object.entries(c.when).some(([gate, when]) => !when.includes(point[gate] as ParamValue)),
  )
  if (failing === undefined) return point
  const { [failing.parameter]: _removed, ...rest } = point
  return withoutInactive(rest, space)
}

function allowed(point: Record<string, ParamValue>, space: SearchSpace): boolean {
  return space.constraints.every((constraint) => {
    if ('forbid' in constraint) {
      return !Object.entries(constraint.forbid).every(
        ([name, v]) => name in point && v.includes(point[name] as ParamValue),
      )
    }
    const { left, operator, right } = constraint.require
    const a = point[left]
    const b = typeof right === 'number' ? right : point[right]
    if (a === undefined || b === undefined) return true
    if (operator === '!=') return a !== b
    if (typeof a !== 'number' || typeof b !== 'number') return false
    return operator === '<=' ? a <= b : a > b
  })
}

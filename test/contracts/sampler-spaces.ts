import type { Domain, Params, ParamValue } from '../../src/space/domain.ts'
import { encode } from '../../src/space/encode.ts'
import { isActive, type LeafValues, layoutOf } from '../../src/space/layout.ts'
import { valueKey } from '../../src/space/params-key.ts'
import { passes, rulesOf } from '../../src/space/rules.ts'
import type { SearchSpace } from '../../src/space/search-space.ts'
import { valueAt } from '../../src/space/value-at.ts'

/** One domain of each of the 18 distributions. */
export const EVERY_DISTRIBUTION: Readonly<Record<Domain['distribution'], Domain>> = {
  constant: { distribution: 'constant', value: 7 },
  categorical: { distribution: 'categorical', values: ['a', 'b', null, true] },
  categorical_w_probabilities: {
    distribution: 'categorical_w_probabilities',
    values: ['often', 'never', 'rarely'],
    probabilities: [0.9, 0, 0.1],
  },
  int_uniform: { distribution: 'int_uniform', min: -2, max: 3 },
  uniform: { distribution: 'uniform', min: -1, max: 2 },
  log_uniform: { distribution: 'log_uniform', min: -3, max: 0 },
  log_uniform_values: { distribution: 'log_uniform_values', min: 1e-5, max: 0.1 },
  inv_log_uniform: { distribution: 'inv_log_uniform', min: 0.5, max: 2 },
  inv_log_uniform_values: { distribution: 'inv_log_uniform_values', min: 1e-3, max: 1 },
  q_uniform: { distribution: 'q_uniform', min: 0, max: 10, q: 2.5, integer: false },
  q_log_uniform: { distribution: 'q_log_uniform', min: 0, max: 5, q: 2, integer: true },
  q_log_uniform_values: { distribution: 'q_log_uniform_values', min: 8, max: 512, q: 8, integer: true },
  normal: { distribution: 'normal', mu: 1, sigma: 2 },
  log_normal: { distribution: 'log_normal', mu: 0, sigma: 1 },
  q_normal: { distribution: 'q_normal', mu: 10, sigma: 3, q: 0.5, integer: false },
  q_log_normal: { distribution: 'q_log_normal', mu: 2, sigma: 0.5, q: 1, integer: true },
  beta: { distribution: 'beta', a: 2, b: 5 },
  q_beta: { distribution: 'q_beta', a: 2, b: 2, q: 0.05, integer: false },
}

const plain = { conditions: [], zipped: [], constraints: [] }

export const every: SearchSpace = { ...plain, parameters: EVERY_DISTRIBUTION }

/** What a grid can walk, too. */
export const finite: SearchSpace = {
  ...plain,
  parameters: {
    choice: EVERY_DISTRIBUTION.categorical,
    fixed: EVERY_DISTRIBUTION.constant,
    whole: EVERY_DISTRIBUTION.int_uniform,
    steps: EVERY_DISTRIBUTION.q_uniform,
    sizes: { distribution: 'categorical', values: [32, 8, 16, 64] },
  },
}

/** Conditions under conditions, a zip, both kinds of constraints, a nested group; all finite. */
export const ruled: SearchSpace = {
  parameters: {
    kind: { distribution: 'categorical', values: ['net', 'tree'] },
    layers: { distribution: 'int_uniform', min: 1, max: 4 },
    depth: { distribution: 'int_uniform', min: 1, max: 9 },
    head: {
      parameters: {
        width: { distribution: 'categorical', values: [32, 64, 128] },
        tied: { distribution: 'categorical', values: [true, false] },
      },
    },
    model: { distribution: 'categorical', values: ['small', 'large', 'huge'] },
    batch: { distribution: 'categorical', values: [64, 32, 16] },
    low: { distribution: 'int_uniform', min: 0, max: 6 },
    high: { distribution: 'int_uniform', min: 0, max: 6 },
  },
  conditions: [
    { parameter: 'layers', when: { kind: ['net'] } },
    { parameter: 'depth', when: { kind: ['tree'] } },
    { parameter: 'head.width', when: { layers: [3, 4] } },
  ],
  zipped: [{ parameters: ['model', 'batch'] }],
  constraints: [
    { require: { left: 'low', operator: '<=', right: 'high' } },
    { forbid: { kind: ['tree'], model: ['huge'] } },
  ],
}

/** What is wrong with the params; nothing when they lie in the space. */
export function problemsOf(space: SearchSpace, params: Params): string[] {
  const layout = layoutOf(space)
  const values: LeafValues = layout.leaves.map(({ keys }) => valueIn(params, keys))
  const problems = layout.leaves.flatMap(({ path, domain }, leaf) => {
    const unit = layout.units.find(({ leaves }) => leaves.includes(leaf))
    const value = values[leaf]
    const active = unit !== undefined && isActive(unit, values)
    if (active !== (value !== undefined)) return [`${path} is ${active ? 'absent' : 'there'}`]
    return value === undefined || isValueOf(domain, value) ? [] : [`${path} is ${JSON.stringify(value)}`]
  })
  const known = new Set(layout.leaves.map(({ keys }) => keys[0]))
  const strange = Object.keys(params).filter((name) => !known.has(name))
  const refused = rulesOf(space, layout).filter((rule) => !passes(rule, values))
  for (const { parameters } of space.zipped) {
    const rows = parameters.map((path) => {
      const leaf = layout.leaves.findIndex((it) => it.path === path)
      const domain = layout.leaves[leaf]?.domain
      return domain !== undefined && 'values' in domain ? domain.values.indexOf(values[leaf] as ParamValue) : -1
    })
    if (new Set(rows).size > 1) problems.push(`${parameters.join(' and ')} do not move together`)
  }
  return [...problems, ...strange.map((name) => `${name} is unknown`), ...refused.map(() => 'a constraint is broken')]
}

function valueIn(params: Params, keys: readonly string[]): ParamValue | undefined {
  return keys.reduce<ParamValue | undefined>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Params)[key] : undefined),
    params,
  )
}

/** Whether the domain may have given it: lists contain it, steps are kept to, and bounds but for rounding. */
function isValueOf(domain: Domain, value: ParamValue): boolean {
  if (domain.distribution === 'constant') return valueKey(value) === valueKey(domain.value)
  if ('values' in domain) return encode(domain, value) !== undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (domain.distribution === 'int_uniform' && !Number.isInteger(value)) return false
  if ('q' in domain && Math.abs(value / domain.q - Math.round(value / domain.q)) > 1e-9) return false
  const [low, high] = [valueAt(domain, 0) as number, valueAt(domain, 1) as number]
  const slack = 1e-12 * Math.max(Math.abs(low), Math.abs(high))
  return value >= low - slack && value <= high + slack
}

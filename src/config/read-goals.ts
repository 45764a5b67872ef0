import type { MetricSpec, Target } from '../trial/sweep-spec.ts'
import { missingKey, readMap, readNumber, readOneOf, readText, refuseOtherKeys } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { described, entryOf } from './located.ts'

/** W&B's, for `method: bayes`: what a run without a metric counts as. */
const IMPUTE = ['impute', 'impute_while_running']

/** `metric: { name, goal, target }`; `goal` is `minimize` unless said otherwise, as in W&B. */
export function readMetric(node: Located | undefined, findings: Findings): MetricSpec | undefined {
  if (node?.kind === 'scalar' && typeof node.value === 'string') {
    findings.problem({
      code: 'VALUE_TYPE',
      at: node.place,
      message: `metric is ${described(node)}; it must be a map with name and goal.`,
      fix: `metric: { name: ${node.value}, goal: maximize }`,
    })
    return undefined
  }
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, ['name', 'goal', 'target', 'value', ...IMPUTE], findings)
  for (const { key, keyPlace } of map.entries) {
    if (IMPUTE.includes(key)) findings.note(keyPlace, `metric.${key} is for method: bayes and has no effect here.`)
  }
  if (entryOf(map, 'name') === undefined) missingKey(map, 'name', findings)
  const name = readText(entryOf(map, 'name'), findings)
  const goal = readGoal(entryOf(map, 'goal'), findings)
  const target = readNumber(entryOf(map, 'target'), findings)
  const value = readOneOf(entryOf(map, 'value'), ['last', 'best'], findings) ?? 'last'
  return name === undefined ? undefined : { name, goal, value, ...(target === undefined ? {} : { target }) }
}

const GOALS = ['minimize', 'maximize'] as const

function readGoal(node: Located | undefined, findings: Findings): MetricSpec['goal'] {
  if (node === undefined) return 'minimize'
  return (node.kind === 'scalar' ? goalOf(node.value) : undefined) ?? readOneOf(node, GOALS, findings) ?? 'minimize'
}

/** The goal as it may be spelt; the British spelling is nobody's mistake. */
export function goalOf(value: unknown): MetricSpec['goal'] | undefined {
  const spelt = typeof value === 'string' ? value.toLowerCase() : ''
  return GOALS.find((goal) => goal === spelt.replace('ise', 'ize'))
}

const STEPS = ['minimum', 'good', 'excellent'] as const

/** `targets: { test/macro_f1: { minimum: 0.63, good: 0.65 } }`; a single number is the minimum. */
export function readTargets(
  node: Located | undefined,
  metric: MetricSpec | undefined,
  findings: Findings,
): Record<string, Target> {
  const entries = readMap(node, findings)?.entries ?? []
  return Object.fromEntries(
    entries.flatMap(({ key, value }) => {
      const target = readTarget(value, findings)
      if (target && value.kind === 'map') checkOrder(value, target, { ascending: isAscending(key, metric), findings })
      return target ? [[key, target]] : []
    }),
  )
}

function readTarget(node: Located, findings: Findings): Target | undefined {
  if (node.kind === 'scalar') {
    const minimum = readNumber(node, findings)
    return minimum === undefined ? undefined : { minimum }
  }
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, STEPS, findings)
  const steps = STEPS.flatMap((step) => {
    const value = readNumber(entryOf(map, step), findings)
    return value === undefined ? [] : [[step, value] as const]
  })
  return Object.fromEntries(steps)
}

/** Targets of the ranked metric go the way of its goal; of others the way they are written. */
function isAscending(name: string, metric: MetricSpec | undefined): boolean | undefined {
  const same = metric !== undefined && name.split('/').at(-1) === metric.name.split('/').at(-1)
  return same ? metric.goal === 'maximize' : undefined
}

function checkOrder(
  map: LocatedMap,
  target: Target,
  { ascending, findings }: { readonly ascending: boolean | undefined; readonly findings: Findings },
): void {
  const steps = STEPS.flatMap((step) => (target[step] === undefined ? [] : [target[step]]))
  const rises = steps.every((value, i) => i === 0 || value >= (steps[i - 1] as number))
  const falls = steps.every((value, i) => i === 0 || value <= (steps[i - 1] as number))
  const fine = ascending === undefined ? rises || falls : ascending ? rises : falls
  if (fine) return
  const way =
    ascending === undefined ? 'in one direction' : ascending ? 'upwards (goal: maximize)' : 'downwards (goal: minimize)'
  findings.problem({
    code: 'VALUE_RANGE',
    at: map.place,
    message: `${map.place.path} is ${steps.join(', ')}; minimum, good and excellent must go ${way}.`,
  })
}

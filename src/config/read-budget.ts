import type { Budget } from '../trial/control.ts'
import { readDuration, readMap, readNumber, refuseOtherKeys } from './fields.ts'
import type { Findings } from './findings.ts'
import { entryOf, type LocatedMap } from './located.ts'

/** Keys of `budget`, each with the way of writing it that TypeScript users expect. */
const KEYS = ['trials', 'gpu_hours', 'gpuHours', 'wall_time', 'wallTime'] as const

/** `budget: { trials, gpu_hours, wall_time }` and `run_cap`, which is the same as its trials. */
export function readBudget(
  sweep: LocatedMap,
  findings: Findings,
): { readonly runCap?: number; readonly budget?: Omit<Budget, 'trials'> } {
  const whole = { min: 1, whole: true }
  const cap = readNumber(entryOf(sweep, 'run_cap'), findings, whole)
  const map = readMap(entryOf(sweep, 'budget'), findings)
  if (map === undefined) return cap === undefined ? {} : { runCap: cap }
  refuseOtherKeys(map, [...KEYS], findings)
  const trials = readNumber(entryOf(map, 'trials'), findings, whole)
  if (cap !== undefined && trials !== undefined && cap !== trials) {
    const message = `run_cap is ${cap} and budget.trials is ${trials}; they are two names of the same thing.`
    findings.problem({ code: 'KEYS_CONFLICT', at: map.place, message, fix: 'remove run_cap' })
  }
  const runCap = trials ?? cap
  const gpuHours = positive(map, ['gpu_hours', 'gpuHours'], findings)
  const wallMs = wallTime(map, findings)
  const budget = { ...(gpuHours === undefined ? {} : { gpuHours }), ...(wallMs === undefined ? {} : { wallMs }) }
  return {
    ...(runCap === undefined ? {} : { runCap }),
    ...(Object.keys(budget).length === 0 ? {} : { budget }),
  }
}

function nodeOf(map: LocatedMap, names: readonly string[]) {
  return names.map((name) => entryOf(map, name)).find((node) => node !== undefined)
}

function positive(map: LocatedMap, names: readonly string[], findings: Findings): number | undefined {
  const node = nodeOf(map, names)
  const value = readNumber(node, findings, { min: 0 })
  if (value === 0 && node !== undefined) outOfRange(node.place, `${names[0]} is 0`, findings)
  return value
}

function wallTime(map: LocatedMap, findings: Findings): number | undefined {
  const node = nodeOf(map, ['wall_time', 'wallTime'])
  const value = readDuration(node, findings)
  if (value === 0 && node !== undefined) outOfRange(node.place, 'wall_time is 0', findings)
  return value
}

function outOfRange(at: LocatedMap['place'], seen: string, findings: Findings): void {
  findings.problem({ code: 'VALUE_RANGE', at, message: `budget.${seen}: nothing could ever run; it must be more.` })
}

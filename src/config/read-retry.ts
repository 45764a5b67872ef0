import { nearest } from '../base/nearest.ts'
import type { Params } from '../space/domain.ts'
import { leavesOf } from '../space/layout.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { MemoryRule, RetryPolicy } from '../trial/retry.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { readDuration, readItems, readMap, readNumber, readText, refuseOtherKeys } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { entryOf } from './located.ts'

/** How sweep files may write each number of the policy: as everywhere else, or as in TypeScript. */
const KEYS = {
  crashed: ['crashed'],
  outOfMemory: ['out_of_memory', 'outOfMemory'],
  preempted: ['preempted'],
  lost: ['lost'],
  timedOut: ['timed_out', 'timedOut'],
} as const satisfies Record<Exclude<keyof RetryPolicy, 'backoffMs'>, readonly string[]>

/** What people write instead, too far from the key to be near it. */
const SHORT_NAMES = new Map([
  ['crash', 'crashed'],
  ['oom', 'out_of_memory'],
  ['timeout', 'timed_out'],
  ['preempt', 'preempted'],
])

/** Reads `retry` and `out_of_memory`: what follows an attempt that ended badly. */
export function readRetries(sweep: LocatedMap, findings: Findings): Pick<SweepSpec, 'retry' | 'outOfMemory'> {
  const retry = readPolicy(entryOf(sweep, 'retry'), findings)
  const outOfMemory = readRule(entryOf(sweep, 'out_of_memory'), findings)
  return { ...(retry === undefined ? {} : { retry }), ...(outOfMemory === undefined ? {} : { outOfMemory }) }
}

function readPolicy(node: Located | undefined, findings: Findings): Partial<RetryPolicy> | undefined {
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, [...Object.values(KEYS).flat(), 'backoff'], findings, SHORT_NAMES)
  const policy: { -readonly [K in keyof RetryPolicy]?: RetryPolicy[K] } = {}
  for (const [name, [snake, camel = snake]] of Object.entries(KEYS) as [keyof typeof KEYS, readonly string[]][]) {
    refuseTwice(map, [snake as string, camel as string], findings)
    const entry = entryOf(map, snake as string) ?? entryOf(map, camel as string)
    const count = readNumber(entry, findings, { min: 0, whole: true })
    if (count !== undefined) policy[name] = count
  }
  const backoffMs = readDuration(entryOf(map, 'backoff'), findings)
  if (backoffMs !== undefined) policy.backoffMs = backoffMs
  return policy
}

function refuseTwice(map: LocatedMap, [snake, camel]: readonly [string, string], findings: Findings): void {
  const [first, second] = [entryOf(map, snake), entryOf(map, camel)]
  if (snake === camel || first === undefined || second === undefined) return
  const message = `${first.place.path} and ${second.place.path} are both given; they are two names of the same thing.`
  findings.problem({ code: 'KEYS_CONFLICT', at: second.place, message, fix: `remove ${camel}` })
}

function readRule(node: Located | undefined, findings: Findings): MemoryRule | undefined {
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, ['halve', 'double'], findings)
  const names = (key: string) => readItems(entryOf(map, key)).flatMap((item) => readText(item, findings) ?? [])
  const [halve, double] = [names('halve'), names('double')]
  if (halve.length === 0) {
    const message = 'out_of_memory names nothing to halve, so a retry would run as the attempt before.'
    const fix = 'out_of_memory: { halve: [batch_size], double: [accumulation_steps] }'
    findings.problem({ code: 'KEY_MISSING', at: map.place, message, fix })
  }
  return { halve, double }
}

/** Finds what `out_of_memory` names and no trial has as a number: its retries would change nothing. */
export function checkMemoryRule(
  rule: MemoryRule | undefined,
  { space, fixed, sweep }: { readonly space: SearchSpace; readonly fixed: Params; readonly sweep: LocatedMap },
  findings: Findings,
): void {
  const node = entryOf(sweep, 'out_of_memory')
  if (rule === undefined || node === undefined) return
  const known = [...new Set([...leavesOf(space).map(({ keys }) => keys[0] as string), ...Object.keys(fixed)])]
  for (const name of [...rule.halve, ...rule.double]) {
    if (known.includes(name)) continue
    const [near] = nearest(name, known)
    const message = `out_of_memory names ${name}, but no trial has a parameter of that name. Known: ${known.join(', ') || 'none'}.`
    const value = rule.double.includes(name) ? 1 : 16
    const fix = near === undefined ? `params: { ${name}: ${value} }, the value that trials begin with` : near
    findings.problem({ code: 'MEMORY_RULE_PARAM', at: node.place, message, fix })
  }
}

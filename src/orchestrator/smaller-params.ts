import type { Params, ParamValue } from '../space/domain.ts'
import type { MemoryRule } from '../trial/retry.ts'

/**
 * Halves and doubles what the sweep file says, all of it or nothing: with both lists the effective batch stays what it
 * was. An odd number has no half that would keep it.
 *
 * @returns the parameters that change, or undefined when there is no rule or nothing smaller
 */
export function smallerParams(rule: MemoryRule | undefined, params: Params): Params | undefined {
  if (rule === undefined) return undefined
  const keeps = rule.double.length > 0
  const halves = rule.halve.map((name) => [name, halfOf(params[name], keeps)] as const)
  const doubles = rule.double.map((name) => [name, twiceOf(params[name])] as const)
  const changed = [...halves, ...doubles]
  if (halves.length === 0 || changed.some(([, value]) => value === undefined)) return undefined
  return Object.fromEntries(changed) as Params
}

function halfOf(value: ParamValue | undefined, exactly: boolean): number | undefined {
  if (typeof value !== 'number' || value < 2) return undefined
  if (!Number.isInteger(value)) return value / 2
  if (exactly && value % 2 !== 0) return undefined
  return Math.floor(value / 2)
}

const twiceOf = (value: ParamValue | undefined): number | undefined =>
  typeof value === 'number' ? value * 2 : undefined

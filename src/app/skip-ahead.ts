import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { configurationsOf } from './status.ts'

/**
 * Checks trials that are to be put away before they are made.
 *
 * @throws {UserError} TRIAL_UNKNOWN for those that the sweep will never have
 */
export async function requireAhead(snapshot: SweepSnapshot, numbers: readonly number[]): Promise<void> {
  const { id, trials } = snapshot
  const ahead = numbers.filter((number) => number >= trials.length)
  if (ahead.length === 0) return
  const total = await totalOf(snapshot)
  const beyond = ahead.find((number) => number >= (total ?? Number.POSITIVE_INFINITY))
  if (beyond === undefined) return
  const known =
    total === 0 ? 'it has none' : `it has ${counted(total as number, 'trial')} in all, 0 to ${(total as number) - 1}`
  throw new UserError(`The sweep ${id} has no trial ${beyond}: ${known}. Nothing was changed.`, {
    code: 'TRIAL_UNKNOWN',
    suggestions: [`sweep status ${id}`],
  })
}

/** Trials when it ends; undefined = nobody knows beforehand. */
async function totalOf({
  spec,
  state,
  trials,
  exhausted,
  configurations,
  control,
}: SweepSnapshot): Promise<number | undefined> {
  const cap = control?.budget?.trials ?? spec.runCap
  if (state === 'finished') return trials.length
  const proposed = exhausted ? configurations.length : await configurationsOf(spec)
  const all = proposed === undefined ? undefined : proposed * spec.seeds.length
  return cap === undefined ? all : Math.min(all ?? Number.POSITIVE_INFINITY, cap)
}

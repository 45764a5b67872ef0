import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import type { Journal } from '../journal/journal.ts'
import type { Budget } from '../trial/control.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { trialsOf } from './stop-trials.ts'

/** All trials of a state, or one by its number. */
export type Retried = 'failed' | 'cancelled' | number

/** What a person wants changed before a sweep goes on. */
export interface ResumeChange {
  /** Trials that wait again. */
  readonly again: readonly Trial[]
  /** Trials that are put away. */
  readonly skip: readonly number[]
  readonly until?: number | null
  readonly budget?: Budget
}

/**
 * Checks what is to be changed against the sweep as it is.
 *
 * @throws {UserError} TRIAL_UNKNOWN, TRIAL_ENDED
 */
export function changeOf(
  snapshot: SweepSnapshot,
  {
    retry = [],
    skip = [],
    until,
    budget,
  }: {
    readonly retry?: readonly Retried[]
    readonly skip?: readonly number[]
    readonly until?: number | null
    readonly budget?: Budget
  },
): ResumeChange {
  const numbers = retry.filter((item) => typeof item === 'number')
  for (const trial of trialsOf(snapshot, numbers)) if (isDone(trial)) throw doneError(snapshot, trial, 'run again')
  // Those that are not made yet are put away when they are.
  const made = skip.filter((number) => number < snapshot.trials.length)
  for (const trial of trialsOf(snapshot, made)) if (isDone(trial)) throw doneError(snapshot, trial, 'put away')
  const again = snapshot.trials.filter(
    ({ number, state }) =>
      (state === 'failed' || state === 'cancelled') && (retry.includes(state) || numbers.includes(number)),
  )
  return {
    again: again.filter(({ number }) => !skip.includes(number)),
    skip,
    ...(until === undefined ? {} : { until }),
    ...(budget === undefined ? {} : { budget }),
  }
}

const isDone = ({ state }: Trial) => state === 'completed' || state === 'pruned'

/** What a trial has found out stays: running it longer would make it another configuration than those beside it. */
function doneError({ id, spec }: SweepSnapshot, { number, state }: Trial, wanted: string): UserError {
  return new UserError(`Trial ${number} of ${id} has ${state}, so it cannot be ${wanted}. Nothing was changed.`, {
    code: 'TRIAL_ENDED',
    suggestions: [
      `to train longer: sweep start ${spec.name} --set params.epochs=... (trials that are the same are answered)`,
    ],
  })
}

/** Whether there is anything to run at all. */
export function hasWork({ state, trials, exhausted }: SweepSnapshot, { again, skip, budget }: ResumeChange): boolean {
  if (state !== 'finished' || again.length > 0) return true
  if (skip.some((number) => trials[number]?.state === 'failed')) return true
  return budget?.trials !== undefined && budget.trials > trials.length && !exhausted
}

/** Writes it down; trials to be put away are left to the loop, for their processes may live. */
export function makeChange(journal: Journal, { again, skip, until, budget }: ResumeChange): void {
  const states = [...new Set(again.map(({ state }) => state))].join(', ')
  for (const { number } of again) journal.append({ type: 'trial-state', trial: number, state: 'waiting' })
  // From failed the way to cancelled leads over waiting.
  for (const number of skip) {
    if (journal.snapshot.trials[number]?.state !== 'failed') continue
    journal.append({ type: 'trial-state', trial: number, state: 'waiting' })
  }
  if (until !== undefined || budget !== undefined) {
    journal.append({
      type: 'sweep-control',
      ...(until === undefined ? {} : { until }),
      ...(budget === undefined ? {} : { budget }),
    })
  }
  if (again.length === 0) return
  const text = `${counted(again.length, 'trial')} (${states}) got another attempt.`
  journal.append({ type: 'note', level: 'info', text })
}

import { BugError } from '../base/errors.ts'

/**
 * The life of a trial:
 *
 *   waiting -> running -> completed | pruned | failed | cancelled
 *                 |  ^
 *                 v  |
 *               paused, waiting (its attempt was lost or preempted and another one will follow)
 *
 * `failed -> waiting` is a person's `sweep resume --retry failed`.
 */
export const TRIAL_MOVES = {
  waiting: ['running', 'completed', 'cancelled', 'failed'],
  running: ['completed', 'pruned', 'failed', 'cancelled', 'paused', 'waiting'],
  paused: ['waiting', 'running', 'pruned', 'cancelled'],
  completed: [],
  pruned: [],
  failed: ['waiting'],
  cancelled: ['waiting'],
} as const satisfies Record<string, readonly string[]>

/** Every state that {@link TRIAL_MOVES} names. */
export type TrialState = keyof typeof TRIAL_MOVES

/** States that a trial does not leave by itself. */
export const FINAL_STATES: ReadonlySet<TrialState> = new Set(['completed', 'pruned', 'failed', 'cancelled'])

/** Whether the table of moves has this one. */
export function canMove(from: TrialState, to: TrialState): boolean {
  return (TRIAL_MOVES[from] as readonly string[]).includes(to)
}

/** @throws {BugError} when the table of moves does not have this one */
export function checkedMove(trial: number, from: TrialState, to: TrialState): TrialState {
  if (!canMove(from, to)) throw new BugError(`Trial ${trial} cannot go from ${from} to ${to}.`)
  return to
}

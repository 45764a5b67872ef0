import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { failureCause } from './failure-cause.ts'

/** The last ones are enough for people. */
const SHOWN = 12

/** Bad ends one after the other with the same cause, and nothing that went well in between. */
export interface FailureStreak {
  readonly key: string
  readonly count: number
  /** The last of them, oldest first. */
  readonly trials: readonly number[]
  readonly configurations: ReadonlySet<number>
}

/** @returns the streak with the bad end of the trial's last attempt in it; none where memory was short: that is no cause */
export function longerStreak(streak: FailureStreak | undefined, trial: Trial): FailureStreak | undefined {
  const last = trial.attempts.at(-1)
  if (last === undefined || last.end === 'out-of-memory') return undefined
  const { key } = failureCause(last, last.reason)
  const before = streak?.key === key ? streak : undefined
  return {
    key,
    count: (before?.count ?? 0) + 1,
    trials: [...(before?.trials ?? []), trial.number].slice(-SHOWN),
    configurations: new Set(before?.configurations).add(trial.configuration),
  }
}

const isGood = ({ state }: Trial) => state === 'completed' || state === 'pruned' || state === 'paused'

/** What an orchestrator remembers that takes a sweep up whose earlier one died. A stop that was asked for is a new start. */
export function streakOf({ state, trials }: Pick<SweepSnapshot, 'state' | 'trials'>): FailureStreak | undefined {
  if (state !== 'running') return undefined
  const endOf = ({ attempts }: Trial) => attempts.at(-1)?.endedAt ?? 0
  let lastGood = 0
  for (const trial of trials) {
    if (isGood(trial)) lastGood = Math.max(lastGood, endOf(trial))
  }
  const failed = trials.filter((trial) => trial.state === 'failed' && endOf(trial) > lastGood)
  let streak: FailureStreak | undefined
  for (const trial of failed.sort((a, b) => endOf(a) - endOf(b))) streak = longerStreak(streak, trial)
  return streak
}

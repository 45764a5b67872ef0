import { counted } from '../base/human-readable.ts'
import type { TrialState } from '../trial/states.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { failureCause } from './failure-cause.ts'
import { endSweep, type SweepLoop } from './sweep-loop.ts'

/** Trials that failed one after the other with the same cause, and nothing that went well in between. */
export interface FailureStreak {
  readonly key: string
  readonly trials: readonly number[]
  readonly configurations: ReadonlySet<number>
}

/**
 * Stops the sweep when going on would only waste the night: when everything fails from the first trial on, whatever the
 * causes, and later when trials of several configurations fail in a row for the same one. Running out of memory is no
 * such cause later on: a grid walks through all of its large models in a row.
 */
export function countFailure(loop: SweepLoop, number: number, state: TrialState): void {
  if (state === 'completed' || state === 'pruned') {
    loop.failuresFromStart = Number.NEGATIVE_INFINITY
    loop.streak = undefined
  }
  if (state !== 'failed') return
  const trial = loop.journal.snapshot.trials[number] as Trial
  loop.failuresFromStart++
  loop.streak = longer(loop.streak, trial)
  const reason = tooMany(loop, trial)
  if (reason !== undefined) endSweep(loop, { state: 'stopped', by: 'failures', reason })
}

function tooMany({ spec, failuresFromStart, streak }: SweepLoop, last: Trial): string | undefined {
  const { maxFailuresInARow } = spec
  if (failuresFromStart >= maxFailuresInARow) {
    const count = `The first ${maxFailuresInARow} trials all failed, so the sweep was stopped.`
    return `${count} The last one, trial ${last.number}: ${last.reason}`
  }
  if (streak === undefined || streak.trials.length < maxFailuresInARow || streak.configurations.size < 2)
    return undefined
  return streakInWords(streak.trials, streak.configurations.size, last)
}

function longer(streak: FailureStreak | undefined, trial: Trial): FailureStreak | undefined {
  const last = trial.attempts.at(-1)
  if (last === undefined || last.end === 'out-of-memory') return undefined
  const { key } = failureCause(last, trial.reason)
  const before = streak?.key === key ? streak : undefined
  return {
    key,
    trials: [...(before?.trials ?? []), trial.number],
    configurations: new Set(before?.configurations).add(trial.configuration),
  }
}

const SHOWN = 12

function streakInWords(numbers: readonly number[], configurations: number, last: Trial): string {
  const { text } = failureCause(last.attempts.at(-1) ?? {}, last.reason)
  const shown = numbers.slice(-SHOWN).join(', ')
  const which = numbers.length > SHOWN ? `..., ${shown}` : shown
  return [
    `${counted(numbers.length, 'trial')} of ${counted(configurations, 'configuration')} failed in a row (${which}) with the same cause, ${text}, so the sweep was stopped.`,
    `max_failures sets how many are too many. The last one, trial ${last.number}: ${last.reason}`,
  ].join(' ')
}

/** What an orchestrator remembers that takes a sweep up whose earlier one died. A stop that was asked for is a new start. */
export function streakOf({ state, trials }: Pick<SweepSnapshot, 'state' | 'trials'>): FailureStreak | undefined {
  if (state !== 'running') return undefined
  const endOf = ({ attempts }: Trial) => attempts.at(-1)?.endedAt ?? 0
  let lastGood = 0
  for (const trial of trials) {
    if (trial.state === 'completed' || trial.state === 'pruned') lastGood = Math.max(lastGood, endOf(trial))
  }
  const failed = trials.filter((trial) => trial.state === 'failed' && endOf(trial) > lastGood)
  let streak: FailureStreak | undefined
  for (const trial of failed.sort((a, b) => endOf(a) - endOf(b))) streak = longer(streak, trial)
  return streak
}

import { counted } from '../base/human-readable.ts'
import type { TrialState } from '../trial/states.ts'
import type { Trial } from '../trial/trial.ts'
import { failureCause } from './failure-cause.ts'
import { longerStreak } from './failure-streak.ts'
import { endSweep, type SweepLoop } from './sweep-loop.ts'

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
  loop.streak = longerStreak(loop.streak, trial)
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

import { counted } from '../base/human-readable.ts'
import type { TrialState } from '../trial/states.ts'
import type { Trial } from '../trial/trial.ts'
import { failureCause } from './failure-cause.ts'
import { type FailureStreak, longerStreak } from './failure-streak.ts'
import { endSweep, type RunningAttempt, type SweepLoop } from './sweep-loop.ts'

/**
 * Stops the sweep when going on would only waste the night: when everything fails from the first trial on, whatever the
 * causes, and later when trials of several configurations fail in a row for the same one. Running out of memory is no
 * such cause later on: a grid walks through all of its large models in a row.
 */
export function countFailure(loop: SweepLoop, number: number, state: TrialState): void {
  const trial = loop.journal.snapshot.trials[number] as Trial
  if (state === 'completed' || state === 'pruned' || state === 'paused') {
    loop.failuresFromStart = Number.NEGATIVE_INFINITY
    loop.streak = undefined
    loop.badEnds = undefined
  }
  const last = trial.attempts.at(-1)
  // A lost or preempted attempt says nothing of the next one.
  if (last?.end === 'crashed' && (last.retry !== undefined || state === 'failed'))
    loop.badEnds = longerStreak(loop.badEnds, trial)
  if (state !== 'failed') return
  loop.failuresFromStart++
  loop.streak = longerStreak(loop.streak, trial)
  const reason = tooMany(loop, trial)
  if (reason !== undefined) endSweep(loop, { state: 'stopped', by: 'failures', reason })
}

/**
 * Whether so many attempts have just ended with the same cause that retries are to show first whether it has gone: until
 * then no new trials are begun, which would only meet it too.
 */
export function holdsBack(loop: SweepLoop): boolean {
  const { badEnds, resting, running } = loop
  if (badEnds === undefined || !isLong(badEnds, loop)) return false
  if (resting.size > 0) return true
  for (const run of running.values()) if (run.attempt > 1 && !hasOutlived(loop, run)) return true
  return false
}

const PATIENCE_MS = 1000

/** It has come well past where its attempt before ended. */
function hasOutlived({ journal, clock }: SweepLoop, { trial, attempt, since }: RunningAttempt): boolean {
  const before = journal.snapshot.trials[trial]?.attempts.findLast(({ number }) => number < attempt)
  return clock.monotonic() - since > 2 * (before?.tookMs ?? 0) + PATIENCE_MS
}

function isLong({ count, configurations }: FailureStreak, { spec }: SweepLoop): boolean {
  return count >= spec.maxFailuresInARow && configurations.size > 1
}

function tooMany(loop: SweepLoop, last: Trial): string | undefined {
  const { spec, failuresFromStart, streak } = loop
  if (failuresFromStart >= spec.maxFailuresInARow) {
    const count = `The first ${spec.maxFailuresInARow} trials all failed, so the sweep was stopped.`
    return `${count} The last one, trial ${last.number}: ${last.reason}`
  }
  return streak !== undefined && isLong(streak, loop) ? streakInWords(streak, last) : undefined
}

function streakInWords({ count, trials, configurations }: FailureStreak, last: Trial): string {
  const { text } = failureCause(last.attempts.at(-1) ?? {}, last.reason)
  const which = `${count > trials.length ? '..., ' : ''}${trials.join(', ')}`
  const of = counted(configurations.size, 'configuration')
  return [
    `${counted(count, 'trial')} of ${of} failed in a row (${which}) with the same cause, ${text}, so the sweep was stopped.`,
    `max_failures sets how many are too many. The last one, trial ${last.number}: ${last.reason}`,
  ].join(' ')
}

import type { SweepError } from '../base/errors.ts'
import type { AttemptEnd } from '../protocol/attempt-end.ts'
import type { TrialState } from '../trial/states.ts'
import type { Trial } from '../trial/trial.ts'
import { finalValue } from '../trial/value.ts'
import { failureReason, noMetricReason } from './failure-reason.ts'
import { machineFault } from './machine-fault.ts'
import { endSweep, type RunningAttempt, record, type SweepLoop } from './sweep-loop.ts'
import { endAtTarget, takeReports } from './take-reports.ts'
import type { Ended } from './watch.ts'

/** Attempts of one trial that may vanish before it counts as failed. */
const MOST_LOST = 3
/** Weight of the newest attempt in the moving mean of durations. */
const NEWEST = 0.2

/** What becomes of a trial when an attempt has ended. */
interface Outcome {
  readonly end: AttemptEnd
  readonly state: Extract<TrialState, 'completed' | 'failed' | 'pruned' | 'paused' | 'cancelled' | 'waiting'>
  readonly reason?: string
  readonly value?: number
}

/** Writes down how attempts ended and what that means for their trials. */
export function tell(loop: SweepLoop, all: readonly { readonly run: RunningAttempt; readonly ended: Ended }[]): void {
  for (const { run, ended } of all) tellOne(loop, run, ended)
}

function tellOne(loop: SweepLoop, run: RunningAttempt, ended: Ended): void {
  const { trial, attempt } = run
  takeReports(loop, run, true)
  loop.running.delete(trial)
  const { end, state, reason, value } = outcomeOf(loop, run, ended)
  const { exitCode, signal } = ended
  const tookMs = ended.lived ?? loop.clock.monotonic() - run.since
  record(loop, {
    type: 'attempt-ended',
    trial,
    attempt,
    end,
    tookMs: Math.round(tookMs),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(reason === undefined ? {} : { reason }),
  })
  const why = reason === undefined || state === 'waiting' ? {} : { reason }
  const metrics = { ...trialOf(loop, run).metrics, ...run.reports.last, ...run.reports.result }
  record(loop, { type: 'trial-state', trial, state, ...why, metrics, ...(value === undefined ? {} : { value }) })
  if (state !== 'waiting') noteDuration(loop, tookMs)
  if (state === 'waiting') loop.waiting.unshift(trial)
  if (state === 'completed') endAtTarget(loop, trial, value)
  countFailure(loop, trial, state, reason)
}

function outcomeOf(loop: SweepLoop, run: RunningAttempt, ended: Ended): Outcome {
  const { end } = ended
  switch (end) {
    case 'finished':
      return finished(loop, run, ended)
    case 'stopped':
      return hasResult(loop, run, ended) ? finished(loop, run, ended) : stoppedOutcome(run)
    case 'preempted':
      return { end, state: 'waiting', reason: `It was preempted: ${ended.reason ?? 'no reason was given'}.` }
    case 'lost': {
      const { attempts } = trialOf(loop, run)
      const reason = `Nobody saw how it ended: ${ended.reason ?? 'no record was left'}.`
      const lost = attempts.filter((attempt) => attempt.end === 'lost').length + 1
      if (lost < MOST_LOST) return { end, state: 'waiting', reason }
      return { end, state: 'failed', reason: `${reason} This was its attempt ${lost} that vanished.` }
    }
    case 'crashed': {
      const fault = machineFault(loop, run, ended)
      if (fault !== undefined) return { end, state: 'waiting', reason: fault }
      return { end, state: 'failed', reason: failureReason(loop, run, ended) }
    }
    case 'timed-out':
    case 'out-of-memory':
      return { end, state: 'failed', reason: failureReason(loop, run, ended) }
  }
}

function finished(loop: SweepLoop, run: RunningAttempt, ended: Ended): Outcome {
  const end = 'finished'
  const { metric } = loop.spec
  if (metric === undefined) return { end, state: 'completed' }
  const value = finalValue(metric, trialOf(loop, run).curve, run.reports.result)
  if (value !== undefined) return { end, state: 'completed', value }
  // Many a script does not look whether its report could be written.
  const fault = machineFault(loop, run, ended)
  if (fault !== undefined) return { end: 'crashed', state: 'waiting', reason: fault }
  return { end, state: 'failed', reason: noMetricReason(loop, run, metric.name) }
}

/** Asked to end, it had already said its last word and ended well: there is nothing left to run. */
function hasResult({ spec }: SweepLoop, { order, reports }: RunningAttempt, { exitCode }: Ended): boolean {
  if (order?.as === 'pruned' || order?.as === 'paused' || exitCode !== 0) return false
  return spec.metric !== undefined && Object.hasOwn(reports.result, spec.metric.name)
}

/** Without an order of ours it was stopped by an orchestrator that died before it could tell: the trial goes on. */
function stoppedOutcome({ order, recalled }: RunningAttempt): Outcome {
  const end = 'stopped'
  if (order?.as === 'pruned' || order?.as === 'paused' || order?.as === 'cancelled') {
    return { end, state: order.as, reason: order.reason }
  }
  const reason = order?.reason ?? (recalled ? 'It had not begun.' : undefined)
  return { end, state: 'waiting', ...(reason === undefined ? {} : { reason }) }
}

function trialOf(loop: SweepLoop, run: RunningAttempt): Trial {
  return loop.journal.snapshot.trials[run.trial] as Trial
}

function noteDuration(loop: SweepLoop, ms: number): void {
  loop.typicalMs = loop.typicalMs === undefined ? ms : loop.typicalMs + NEWEST * (ms - loop.typicalMs)
}

/** For an attempt whose process could not be started. */
export function tellNotStarted(
  loop: SweepLoop,
  { trial, attempt }: { readonly trial: number; readonly attempt: number },
  error: SweepError,
): void {
  const reason = [error.message, ...error.suggestions.map((text) => `Try: ${text}`)].join(' ')
  record(loop, { type: 'attempt-ended', trial, attempt, end: 'crashed', reason })
  record(loop, { type: 'trial-state', trial, state: 'failed', reason })
  countFailure(loop, trial, 'failed', reason)
}

/** When everything fails from the first trial on, something is wrong with all of them: stop before wasting a night. */
function countFailure(loop: SweepLoop, trial: number, state: TrialState, reason = ''): void {
  if (state === 'completed' || state === 'pruned') loop.failuresFromStart = Number.NEGATIVE_INFINITY
  if (state !== 'failed') return
  loop.failuresFromStart++
  const { maxFailuresInARow } = loop.spec
  if (loop.failuresFromStart < maxFailuresInARow) return
  const count = `The first ${maxFailuresInARow} trials all failed, so the sweep was stopped.`
  endSweep(loop, { state: 'stopped', by: 'failures', reason: `${count} The last one, trial ${trial}: ${reason}` })
}

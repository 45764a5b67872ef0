import type { SweepError } from '../base/errors.ts'
import type { AttemptEnd } from '../protocol/attempt-end.ts'
import type { TrialState } from '../trial/states.ts'
import type { Attempt, Trial } from '../trial/trial.ts'
import { finalValue } from '../trial/value.ts'
import { countFailure } from './failure-guard.ts'
import { type BadEndFacts, failureReason, noMetricReason } from './failure-reason.ts'
import { lastWrite, logBytes } from './log-tail.ts'
import { machineFault } from './machine-fault.ts'
import { learnMemory } from './place-by-need.ts'
import { restOrWait } from './rest.ts'
import { type BadEnd, decideRetry, retryInWords } from './retry.ts'
import { type FoundShortage, shortageOf } from './shortage.ts'
import { type RunningAttempt, record, type SweepLoop } from './sweep-loop.ts'
import { endAtTarget, takeReports } from './take-reports.ts'
import type { Ended } from './watch.ts'

/** Weight of the newest attempt in the moving mean of durations. */
const NEWEST = 0.2

/** What becomes of a trial when an attempt has ended. */
interface Outcome {
  readonly end: AttemptEnd
  readonly state: Extract<TrialState, 'completed' | 'failed' | 'pruned' | 'paused' | 'cancelled' | 'waiting'>
  readonly reason?: string
  readonly value?: number
  readonly shortage?: NonNullable<Attempt['shortage']>
  readonly retry?: NonNullable<Attempt['retry']>
}

/** Writes down how attempts ended and what that means for their trials. */
export function tell(loop: SweepLoop, all: readonly { readonly run: RunningAttempt; readonly ended: Ended }[]): void {
  for (const { run, ended } of all) tellOne(loop, run, ended)
}

function tellOne(loop: SweepLoop, run: RunningAttempt, ended: Ended): void {
  const { trial, attempt } = run
  takeReports(loop, run, true)
  loop.running.delete(trial)
  const { end, state, reason, value, shortage, retry } = outcomeOf(loop, run, ended)
  const { exitCode, signal } = ended
  const tookMs = ended.lived ?? Math.min(loop.clock.monotonic() - run.since, longestLife(loop, run, ended))
  const peak = run.peakBytes === undefined ? {} : { peak: { gpuBytes: run.peakBytes } }
  record(loop, {
    type: 'attempt-ended',
    trial,
    attempt,
    end,
    tookMs: Math.round(tookMs),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(reason === undefined ? {} : { reason }),
    ...(shortage === undefined ? {} : { shortage }),
    ...(retry === undefined ? {} : { retry }),
    ...peak,
    ...(state === 'completed' || state === 'pruned' ? {} : { logBytes: logBytes(loop, trial) }),
  })
  const why = reason === undefined || state === 'waiting' ? {} : { reason }
  const metrics = { ...trialOf(loop, run).metrics, ...run.reports.last, ...run.reports.result }
  record(loop, { type: 'trial-state', trial, state, ...why, metrics, ...(value === undefined ? {} : { value }) })
  if (ended.note !== undefined)
    record(loop, { type: 'note', level: 'warn', text: `Trial ${trial}: ${ended.note}`, trial })
  if (state !== 'waiting') noteDuration(loop, tookMs)
  if (state === 'waiting') restOrWait(loop, trial)
  if (state === 'completed') endAtTarget(loop, trial, value)
  // What was short elsewhere says nothing of its need of the GPU.
  if (shortage === undefined || shortage.memory === 'gpu') learnMemory(loop, run, { end, tookMs })
  countFailure(loop, trial, state)
}

function outcomeOf(loop: SweepLoop, run: RunningAttempt, ended: Ended): Outcome {
  const { end } = ended
  // However it came to its end: the person did not want it any more.
  if (run.order?.as === 'cancelled' && end !== 'finished' && !hasResult(loop, run, ended)) {
    return { end, state: 'cancelled', reason: run.order.reason }
  }
  // However it came to its end: the pruner had decided already.
  if ((run.order?.as === 'pruned' || run.order?.as === 'paused') && end !== 'finished') {
    return { end, state: run.order.as, reason: run.order.reason }
  }
  switch (end) {
    case 'finished':
      return finished(loop, run, ended)
    case 'stopped':
      return hasResult(loop, run, ended) ? finished(loop, run, ended) : stoppedOutcome(run)
    case 'timed-out':
      return hasResult(loop, run, ended) ? finished(loop, run, ended) : badEnd(loop, run, { end, ended })
    case 'crashed': {
      const fault = machineFault(loop, run, ended)
      return fault === undefined ? badEnd(loop, run, { end, ended }) : { end, state: 'waiting', reason: fault }
    }
    case 'preempted':
    case 'lost':
    case 'out-of-memory':
      return badEnd(loop, run, { end, ended })
  }
}

/** Another attempt follows by the sweep's policy, or the trial has failed. */
function badEnd(
  loop: SweepLoop,
  run: RunningAttempt,
  { end: told, ended, found: known }: { readonly end: BadEnd; readonly ended: Ended; readonly found?: FoundShortage },
): Outcome {
  const found = known ?? (told === 'crashed' || told === 'out-of-memory' ? shortageOf(loop, run, ended) : undefined)
  const end = found === undefined ? told : 'out-of-memory'
  const shortage = found === undefined ? {} : { shortage: found.shortage }
  const decision = decideRetry(loop, trialOf(loop, run), { end, ...shortage })
  const again = 'retry' in decision
  const follows = again ? retryInWords(decision.retry) : decision.refusal
  const reason = reasonOf(loop, run, { end, ended, ...(found && { found }), ...(follows && { follows }) })
  return { end, state: again ? 'waiting' : 'failed', reason, ...shortage, ...(again ? { retry: decision.retry } : {}) }
}

function reasonOf(loop: SweepLoop, run: RunningAttempt, facts: BadEndFacts & { readonly end: BadEnd }): string {
  const { end, ended, follows } = facts
  const then = follows === undefined ? '' : ` ${follows}`
  if (end === 'preempted') return `It was preempted: ${ended.reason ?? 'no reason was given'}.${then}`
  if (end === 'lost') return `Nobody saw how it ended: ${ended.reason ?? 'no record was left'}.${then}`
  return failureReason(loop, run, facts)
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
  // So do those that catch what their training throws.
  const found = shortageOf(loop, run, ended)
  if (found !== undefined) return badEnd(loop, run, { end: 'out-of-memory', ended, found })
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
  if (order?.as === 'cancelled') return { end, state: order.as, reason: order.reason }
  const reason = order?.reason ?? (recalled ? 'It had not begun.' : undefined)
  return { end, state: 'waiting', ...(reason === undefined ? {} : { reason }) }
}

/** Nobody saw when a lost attempt ended, and the machine may have been off since: it lived until it was last heard of. */
function longestLife(loop: SweepLoop, run: RunningAttempt, { end }: Ended): number {
  if (end !== 'lost') return Number.POSITIVE_INFINITY
  const { startedAt } = trialOf(loop, run).attempts.at(-1) as Attempt
  return Math.max(0, lastWrite(loop, run.trial) - startedAt)
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
  countFailure(loop, trial, 'failed')
}

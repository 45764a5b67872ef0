import { BugError } from '../base/errors.ts'
import type { SweepControl } from '../trial/control.ts'
import { checkedMove } from '../trial/states.ts'
import type { Attempt, Configuration, SweepNote, SweepSnapshot, Trial } from '../trial/trial.ts'
import type { JournalEvent } from './event.ts'
import type { SweepFile } from './sweep-file.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface TrialFold extends Mutable<Omit<Trial, 'attempts' | 'curve'>> {
  attempts: Mutable<Attempt>[]
  curve: (readonly [step: number, value: number])[]
  /** A later attempt has started and has not reported yet. */
  restarted?: true
}

/** A SweepSnapshot as its only owner sees it: events change it in place, because copies of 100,000 trials are dear. */
export interface SweepFold extends Mutable<Omit<SweepSnapshot, 'configurations' | 'trials' | 'notes'>> {
  configurations: Configuration[]
  trials: TrialFold[]
  notes: SweepNote[]
}

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

export function emptyFold(sweep: SweepFile): SweepFold {
  return {
    id: sweep.id,
    spec: sweep.spec,
    state: 'running',
    startedAt: sweep.createdAt,
    exhausted: false,
    configurations: [],
    trials: [],
    notes: [],
    provenance: sweep.provenance,
  }
}

/**
 * Takes one event into the fold; all or nothing.
 *
 * @throws {BugError} when the event does not fit what is known: an unknown trial, an illegal move
 */
export function applyEvent(fold: SweepFold, event: JournalEvent): void {
  switch (event.type) {
    case 'sweep-created':
      fold.startedAt = event.t
      break
    case 'sweep-state':
      applySweepState(fold, event)
      break
    case 'sweep-control':
      fold.control = controlAfter(fold.control, event)
      break
    case 'configuration-proposed':
      expectNext('configuration', event.configuration, fold.configurations.length)
      fold.configurations.push({ number: event.configuration, params: event.params })
      if (event.cursor !== undefined) fold.cursor = event.cursor
      break
    case 'configuration-eliminated': {
      const { configuration, reason } = event
      const known = fold.configurations[configuration]
      if (known === undefined) throw new BugError(`There is no configuration ${configuration}.`)
      fold.configurations[configuration] = { ...known, eliminated: reason }
      break
    }
    case 'search-budget': {
      const { trials, parallel, time } = event
      fold.search = {
        ...(trials === undefined ? {} : { trials }),
        parallel,
        ...(time === undefined ? {} : { time }),
      }
      break
    }
    case 'space-exhausted':
      fold.exhausted = true
      break
    case 'trial-created':
      fold.trials.push(newTrial(fold, event))
      break
    case 'attempt-started':
      applyAttemptStarted(trialOf(fold, event.trial), event)
      break
    case 'verdict':
      trialOf(fold, event.trial).verdict = { action: event.action, reason: event.reason }
      break
    case 'attempt-handle':
      attemptOf(fold, event).handle = event.handle
      break
    case 'reported':
      applyReported(trialOf(fold, event.trial), event)
      break
    case 'attempt-ended':
      applyAttemptEnded(attemptOf(fold, event), event)
      break
    case 'trial-state':
      applyTrialState(trialOf(fold, event.trial), event)
      break
    case 'note': {
      const { t, level, text, trial } = event
      fold.notes.push(trial === undefined ? { at: t, level, text } : { at: t, level, text, trial })
      break
    }
    // An event type of a later release with the same format: by the rule of JOURNAL_FORMAT it may be passed over.
  }
}

function expectNext(what: string, got: number, expected: number): void {
  if (got !== expected) throw new BugError(`The next ${what} is ${expected}, but the event names ${got}.`)
}

function trialOf(fold: SweepFold, number: number): TrialFold {
  const trial = fold.trials[number]
  if (trial === undefined) throw new BugError(`There is no trial ${number}.`)
  return trial
}

function attemptOf(fold: SweepFold, event: { trial: number; attempt: number }): Mutable<Attempt> {
  const attempt = trialOf(fold, event.trial).attempts.find((a) => a.number === event.attempt)
  if (attempt === undefined) throw new BugError(`Trial ${event.trial} has no attempt ${event.attempt}.`)
  return attempt
}

function applySweepState(fold: SweepFold, event: EventOf<'sweep-state'>): void {
  fold.state = event.state
  delete fold.stateReason
  delete fold.stoppedBy
  delete fold.endedAt
  if (event.reason !== undefined) fold.stateReason = event.reason
  if (event.by !== undefined) fold.stoppedBy = event.by
  if (event.state !== 'running') fold.endedAt = event.t
}

function controlAfter(before: SweepControl | undefined, event: EventOf<'sweep-control'>): SweepControl {
  const control: Mutable<SweepControl> = { ...before }
  const { paused, slots, mostSlots, until, skip, budget, ranMs } = event
  if (paused === true) control.pausedAt ??= event.t
  if (paused === false) delete control.pausedAt
  if (slots === null) {
    delete control.slots
    delete control.mostSlots
  } else if (slots !== undefined) control.slots = slots
  if (skip !== undefined) control.skip = [...new Set([...(before?.skip ?? []), ...skip])]
  if (mostSlots !== undefined) control.mostSlots = mostSlots
  if (until === null) delete control.until
  else if (until !== undefined) control.until = until
  if (budget !== undefined) control.budget = { ...before?.budget, ...budget }
  if (ranMs !== undefined) control.ranMs = ranMs
  return control
}

function newTrial(fold: SweepFold, event: EventOf<'trial-created'>): TrialFold {
  expectNext('trial', event.trial, fold.trials.length)
  const { configuration, seed, address } = event
  if (fold.configurations[configuration] === undefined)
    throw new BugError(`There is no configuration ${configuration}.`)
  const trial: TrialFold = {
    number: event.trial,
    configuration,
    seed,
    state: 'waiting',
    attempts: [],
    curve: [],
    metrics: {},
  }
  if (address !== undefined) trial.address = address
  return trial
}

/** An attempt that starts makes its trial running: no second event is needed for that. */
function applyAttemptStarted(trial: TrialFold, event: EventOf<'attempt-started'>): void {
  const last = trial.attempts.at(-1)?.number ?? 0
  if (event.attempt <= last) throw new BugError(`Trial ${trial.number} already had attempt ${event.attempt}.`)
  if (trial.state !== 'running') trial.state = checkedMove(trial.number, trial.state, 'running')
  const { slot, wants, params } = event
  const attempt: Mutable<Attempt> = { number: event.attempt, startedAt: event.t, slot }
  if (event.gpus !== undefined) attempt.gpus = event.gpus
  if (wants !== undefined) attempt.wants = wants
  if (params !== undefined) attempt.params = params
  trial.attempts.push(attempt)
  if (trial.curve.length > 0) trial.restarted = true
}

/** A later attempt repeats the steps after its checkpoint: its reports replace those of the attempt before. */
function applyReported(trial: TrialFold, event: EventOf<'reported'>): void {
  if (trial.restarted) {
    const kept = trial.curve.findIndex(([step]) => step >= event.step)
    if (kept !== -1) trial.curve.length = kept
    delete trial.restarted
  }
  trial.curve.push([event.step, event.value])
}

function applyAttemptEnded(attempt: Mutable<Attempt>, event: EventOf<'attempt-ended'>): void {
  attempt.endedAt = event.t
  attempt.end = event.end
  if (event.exitCode !== undefined) attempt.exitCode = event.exitCode
  if (event.signal !== undefined) attempt.signal = event.signal
  if (event.tookMs !== undefined) attempt.tookMs = event.tookMs
  if (event.reason !== undefined) attempt.reason = event.reason
  if (event.shortage !== undefined) attempt.shortage = event.shortage
  if (event.retry !== undefined) attempt.retry = event.retry
  if (event.logBytes !== undefined) attempt.logBytes = event.logBytes
  if (event.peak !== undefined) attempt.peak = event.peak
}

function applyTrialState(trial: TrialFold, event: EventOf<'trial-state'>): void {
  const alreadyRunning = event.state === 'running' && trial.state === 'running'
  if (!alreadyRunning) trial.state = checkedMove(trial.number, trial.state, event.state)
  delete trial.reason
  delete trial.value
  delete trial.verdict
  if (event.reason !== undefined) trial.reason = event.reason
  if (event.value !== undefined) trial.value = event.value
  if (event.metrics !== undefined) trial.metrics = event.metrics
  if (event.reusedFrom !== undefined) trial.reusedFrom = event.reusedFrom
  const last = trial.attempts.at(-1)
  if (event.state === 'failed' && last !== undefined) last.failed = true
}

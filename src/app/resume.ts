import { systemClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { endLeftBehind } from '../executors/local/left-behind.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { Journal } from '../journal/journal.ts'
import { openJournal } from '../journal/open-journal.ts'
import type { Budget } from '../trial/control.ts'
import type { SweepNote } from '../trial/trial.ts'
import { announce } from './announce.ts'
import { codeVersion } from './code-version.ts'
import { requireEngines } from './engines.ts'
import { longestFirstAgain } from './longest-first.ts'
import type { LoopOptions, SweepOutcome } from './loop-options.ts'
import { tellNotStarted } from './notices/tell-end.ts'
import { changeOf, hasWork, makeChange, type Retried } from './resume-change.ts'
import { runLoop } from './run-loop.ts'
import { requireAhead } from './skip-ahead.ts'
import { openSlots } from './slots.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export interface ResumeOptions extends LoopOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest. */
  readonly id?: string
  /** Trials of these states, or with these numbers, get another attempt. */
  readonly retry?: readonly Retried[]
  /** Trials that wait, failed or were interrupted and are put away as cancelled, or that are not made yet. */
  readonly skip?: readonly number[]
  /** Milliseconds since 1970 at which it ends for this time; null = not by the clock. Absent = as before, if that is to come. */
  readonly until?: number | null
  /** Wins over what the sweep had, also when it has ended by it. */
  readonly budget?: Budget
  /** Called once, before the first trial, with what opening the sweep brought to light, such as corrupt lines. */
  readonly onResumed?: (notes: readonly SweepNote[]) => void
}

/**
 * Goes on with a sweep that was stopped or whose orchestrator died; attempts that still live are adopted. A finished
 * sweep without trials to retry is left as it is.
 *
 * @throws {UserError} SWEEP_UNKNOWN, RESUME_FUNCTION, TRIAL_UNKNOWN, TRIAL_ENDED
 * @throws {EnvironmentError} JOURNAL_LOCKED while another process runs it, and what starting may throw
 */
export async function resumeSweep(options: ResumeOptions): Promise<SweepOutcome> {
  const { workspace, clock = systemClock } = options
  const id = resolveSweepId(workspace, options.id)
  const since = clock.now()
  const journal = openJournal({ dir: sweepDirOf(workspace, id), clock })
  const news = () => journal.snapshot.notes.filter(({ at }) => at >= since)
  const change = await closedUnless(journal, async () => {
    await requireAhead(journal.snapshot, options.skip ?? [])
    return changeOf(journal.snapshot, options)
  })
  if (news().length === 0 && !hasWork(journal.snapshot, change)) return nothingToDo(journal, options)
  const slots = await openedFor(journal, id, options)
  noteChangedCode(journal)
  makeChange(journal, change)
  announce(id)
  options.onResumed?.(news())
  const longestFirst = longestFirstAgain(workspace, journal.snapshot)
  return runLoop(
    { workspace, journal, slots },
    { ...options, cancel: change.skip, ...(longestFirst === undefined ? {} : { longestFirst }) },
  )
}

/** Gives the journal back when there is nothing to run it on, or nothing that may be done. */
async function closedUnless<T>(journal: Journal, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** A finished and undamaged sweep stays as it is: running it again would only make its end later than it was. */
async function nothingToDo(journal: Journal, options: ResumeOptions): Promise<SweepOutcome> {
  const { onResumed, clock = systemClock } = options
  const { snapshot } = journal
  // What was killed last may have left processes that only now can be found.
  await endLeftBehind(sweepDirOf(options.workspace, snapshot.id))
  await journal.close()
  onResumed?.([{ at: clock.now(), level: 'info', text: `${snapshot.id} is finished: there was nothing to do.` }])
  return { id: snapshot.id, snapshot, state: snapshot.state, interrupted: false }
}

function openedFor(journal: Journal, id: string, options: ResumeOptions) {
  return closedUnless(journal, async () => {
    try {
      return await slotsFor(journal, id, options)
    } catch (error) {
      await tellNotStarted(journal.snapshot, error, options.clock)
      throw error
    }
  })
}

async function slotsFor(journal: Journal, id: string, options: ResumeOptions): Promise<SlotPool> {
  const { spec } = journal.snapshot
  if (spec.trainer.kind === 'function') throw functionError(id)
  const slots = await openSlots(spec, sweepDirOf(options.workspace, id), options)
  await requireEngines(spec, { workspace: options.workspace, slot: slots.slots[0] })
  return slots
}

function functionError(id: string): UserError {
  return new UserError(`The trainer of ${id} is a function of a program, which this command does not have.`, {
    code: 'RESUME_FUNCTION',
    suggestions: ['run the program that called runSweep again, with the same folder and `resume: true`'],
  })
}

/** Trials before and after a change of the code are compared with each other; a person should know. */
function noteChangedCode(journal: Journal): void {
  const { spec, provenance, trials } = journal.snapshot
  if (provenance.code === undefined || trials.length === 0 || codeVersion(spec.trainer) === provenance.code) return
  const text = 'The code of the trainer has changed since this sweep was started; later trials run the new code.'
  journal.append({ type: 'note', level: 'warn', text })
}

import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { FINAL_STATES } from '../trial/states.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { askAndWait, type RunningAnswer, type RunningQuestion, requireRunning } from './ask-running.ts'

export interface StopTrialsQuestion extends RunningQuestion {
  readonly trials: readonly number[]
}

/**
 * Ends single trials of a running sweep for good; the sweep goes on.
 *
 * @throws {UserError} SWEEP_UNKNOWN, NO_SWEEPS, NOT_RUNNING, TRIAL_UNKNOWN
 */
export async function stopTrials(question: StopTrialsQuestion): Promise<RunningAnswer> {
  const { id, dir } = requireRunning(question)
  const trials = [...new Set(question.trials)]
  const before = trialsOf(readSnapshot(dir), trials)
  const cancel = before.filter(({ state }) => !FINAL_STATES.has(state)).map(({ number }) => number)
  const over = before.filter(({ state }) => FINAL_STATES.has(state))
  const words = over.map(({ number, state }) => `Trial ${number} was ${state} already.`)
  if (cancel.length === 0) return { id, result: 'nothing-to-stop', message: words.join(' ') }
  const { snapshot } = await askAndWait(
    {
      id,
      dir,
      wish: { cancel },
      heeded: ({ trials: now }) => cancel.every((number) => FINAL_STATES.has(now[number]?.state ?? 'waiting')),
    },
    question,
  )
  return { id, result: 'stopped', message: [...endings(snapshot, cancel), ...words].join(' ') }
}

/** @throws {UserError} TRIAL_UNKNOWN */
export function trialsOf({ id, trials }: SweepSnapshot, numbers: readonly number[]): Trial[] {
  return numbers.map((number) => {
    const trial = trials[number]
    if (trial !== undefined) return trial
    const known =
      trials.length === 0 ? 'it has none yet' : `it has ${counted(trials.length, 'trial')}, 0 to ${trials.length - 1}`
    throw new UserError(`The sweep ${id} has no trial ${number}: ${known}. Nothing was changed.`, {
      code: 'TRIAL_UNKNOWN',
      suggestions: [`sweep status ${id}`],
    })
  })
}

/** A trial may have ended by itself while it was being stopped. */
function endings(snapshot: SweepSnapshot, cancel: readonly number[]): string[] {
  return trialsOf(snapshot, cancel).map(({ number, state }) => {
    if (state === 'cancelled') return `Trial ${number} was stopped; the sweep goes on.`
    if (FINAL_STATES.has(state)) return `Trial ${number} was ${state} before it could be stopped.`
    return `${snapshot.id} ended before trial ${number} could be stopped; it is ${state}.`
  })
}

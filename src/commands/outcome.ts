import { InterruptedError, NothingCompletedError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { shortReason } from '../trial/attempt-words.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { commandLine } from './text/shell-quote.ts'

/**
 * What kept a sweep from its end, as the error that gives the exit code; undefined when all is well.
 *
 * @param interrupted a person stopped it
 */
export function shortfall(snapshot: SweepSnapshot, interrupted: boolean): Error | undefined {
  const { id, trials } = snapshot
  const completed = trials.filter((trial) => trial.state === 'completed').length
  if (interrupted) {
    return new InterruptedError(
      `The sweep ${id} was stopped after ${counted(completed, 'completed trial')}. Nothing is lost.`,
      { code: 'INTERRUPTED', suggestions: [commandLine('sweep', 'resume', id)] },
    )
  }
  if (completed > 0 && snapshot.stoppedBy === 'failures') return stoppedForFailures(snapshot)
  // A budget that was used up is an end that was asked for.
  if (completed > 0 || trials.length === 0 || snapshot.stoppedBy === 'budget') return undefined
  return new NothingCompletedError(nothingCompleted(snapshot), {
    code: 'NOTHING_COMPLETED',
    suggestions: [
      commandLine('sweep', 'logs', id, String(firstFailed(snapshot)), '--stderr'),
      `${commandLine('sweep', 'resume', id, '--retry', 'failed')}   (once the trainer is repaired)`,
      `${commandLine('sweep', 'start', snapshot.spec.name)}   (once the sweep file is: a resume keeps to the old one)`,
    ],
  })
}

/** It has a ranking, but whoever reads exit codes must hear that it did not come to its end. */
function stoppedForFailures({ id, stateReason = '' }: SweepSnapshot): Error {
  return new NothingCompletedError(`The sweep ${id} did not come to its end. ${shortReason(stateReason)}`, {
    code: 'TOO_MANY_FAILURES',
    suggestions: [
      `${commandLine('sweep', 'resume', id)}   (goes on with the trials that are left)`,
      `${commandLine('sweep', 'resume', id, '--retry', 'failed')}   (once the cause is mended)`,
    ],
  })
}

function nothingCompleted(snapshot: SweepSnapshot): string {
  const { id, trials, stateReason } = snapshot
  const failed = trials[firstFailed(snapshot)]
  const begun = trials.filter(({ attempts }) => attempts.length > 0).length
  // The sweep that stopped for its failures has told one of them.
  const why =
    failed?.reason === undefined || stateReason !== undefined
      ? ''
      : ` Trial ${failed.number} ${failed.state}: ${failed.reason}`
  const ended = stateReason === undefined ? '' : ` ${shortReason(stateReason)}`
  return `The sweep ${id} ended and none of its ${counted(begun, 'trial')} completed.${ended}${why}`
}

function firstFailed({ trials }: SweepSnapshot): number {
  return Math.max(
    0,
    trials.findIndex((trial) => trial.state === 'failed'),
  )
}

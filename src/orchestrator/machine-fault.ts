import { EnvironmentError } from '../base/errors.ts'
import { machineRefusal, writeRefusal } from '../base/write-refusal.ts'
import type { Attempt } from '../trial/trial.ts'
import { trialDirOf } from './prepare-attempt.ts'
import { sinceFailure } from './retry.ts'
import { endSweep, type RunningAttempt, type SweepLoop } from './sweep-loop.ts'
import type { Ended } from './watch.ts'

/** Attempts of one trial that the machine may spoil before the trial counts as failed: it may be what fills the disk. */
const MOST_SPOILT = 3

/**
 * Whether an attempt ended badly because the machine refused something and not because of its trial. Then the trial
 * waits for another attempt, and when the disk still takes nothing, the sweep stops.
 *
 * @returns why, as a sentence; undefined when the trial is to blame
 */
export function machineFault(loop: SweepLoop, run: RunningAttempt, ended: Ended): string | undefined {
  const refusal = writeRefusal(trialDirOf(loop.sweepDir, run.trial))
  const why = ended.machine ?? (refusal === undefined ? undefined : machineRefusal(refusal))
  if (why === undefined) return undefined
  const { attempts = [] } = loop.journal.snapshot.trials[run.trial] ?? {}
  const spoilt = sinceFailure(attempts).filter(isSpoilt).length
  if (spoilt + 1 >= MOST_SPOILT) return undefined
  if (refusal !== undefined) stopForDisk(loop, run.trial, refusal)
  return `It was not the trial's fault: ${why}.`
}

/** A crash that the retry policy answered was the trial's own. */
const isSpoilt = ({ end, retry }: Attempt) => end === 'crashed' && retry === undefined

function stopForDisk(loop: SweepLoop, trial: number, refusal: string): void {
  const { sweepDir, journal } = loop
  const error = new EnvironmentError(
    `${sweepDir} cannot be written: ${machineRefusal(refusal)}. Trial ${trial} ended because of it and waits for another attempt; nothing is lost.`,
    { code: 'DISK_REFUSES', suggestions: [`df -h '${sweepDir}'`, `sweep resume ${journal.snapshot.id}`] },
  )
  endSweep(loop, { state: 'stopped', by: 'machine', reason: error.message, error })
}

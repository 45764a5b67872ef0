import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { livenessOf, type ProcessIdentity } from '../base/process-identity.ts'
import { AttemptRecord, RECORD_FILE } from '../executors/local/attempt-record.ts'
import type { Trial } from '../trial/trial.ts'

/** A process of a trial that lives, whether or not somebody looks after it. */
export interface LivingAttempt {
  readonly trial: number
  readonly process: ProcessIdentity
}

/** Attempts of these trials that the executor's record has not seen end and whose process lives on this machine. */
export function livingAttempts(
  sweepDir: string,
  trials: readonly Pick<Trial, 'number' | 'attempts'>[],
): LivingAttempt[] {
  const path = join(sweepDir, RECORD_FILE)
  const wanted = trials.flatMap(({ number, attempts }) => {
    const attempt = attempts.at(-1)?.number
    return attempt === undefined ? [] : [{ trial: number, attempt }]
  })
  if (wanted.length === 0 || !existsSync(path)) return []
  const record = new AttemptRecord(path, wanted)
  return wanted.flatMap((of) => {
    const { started, ended } = record.facts(of)
    if (started === undefined || ended !== undefined || livenessOf(started) !== 'alive') return []
    return [{ trial: of.trial, process: started }]
  })
}

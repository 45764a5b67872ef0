import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { trialFolder } from '../reports/trial-files.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export interface TrialQuestion {
  readonly workspace: Workspace
  /** Id or name of the sweep. */
  readonly id: string
  readonly trial: number
}

export interface FoundTrial {
  readonly id: string
  readonly snapshot: SweepSnapshot
  readonly trial: Trial
  /** The folder with its files, absolute; of the earlier sweep that answered it, when one did. */
  readonly folder: string
}

/** @throws {UserError} TRIAL_UNKNOWN, SWEEP_UNKNOWN, NO_SWEEPS */
export function findTrial(question: TrialQuestion): FoundTrial {
  const id = resolveSweepId(question.workspace, question.id)
  const sweepDir = sweepDirOf(question.workspace, id)
  const snapshot = readSnapshot(sweepDir)
  const trial = snapshot.trials[question.trial]
  if (trial !== undefined) return { id, snapshot, trial, folder: trialFolder(sweepDir, trial) }
  const { length } = snapshot.trials
  const known = length === 0 ? 'it has none yet' : `it has ${counted(length, 'trial')}, 0 to ${length - 1}`
  throw new UserError(`The sweep ${id} has no trial ${question.trial}: ${known}.`, {
    code: 'TRIAL_UNKNOWN',
    suggestions: [`sweep status ${id}`],
  })
}

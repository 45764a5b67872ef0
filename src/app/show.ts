import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Params } from '../space/domain.ts'
import { rankConfigurations } from '../trial/ranking.ts'
import type { MetricSpec } from '../trial/sweep-spec.ts'
import type { SweepNote, Trial } from '../trial/trial.ts'
import { findTrial, type TrialQuestion } from './trial-lookup.ts'

export interface TrialFile {
  /** From the trial's folder. */
  readonly path: string
  readonly bytes: number
}

/** Everything about one trial. */
export interface TrialDetails {
  readonly id: string
  readonly trial: Trial
  /** Chosen values of its configuration. */
  readonly params: Params
  /** The same for all trials of the sweep. */
  readonly fixed: Params
  readonly metric?: MetricSpec
  /** Of its configuration, over all seeds; absent while that has no value. */
  readonly rank?: { readonly rank: number; readonly of: number; readonly explanation: string }
  readonly notes: readonly SweepNote[]
  /** Absolute. */
  readonly folder: string
  readonly files: readonly TrialFile[]
}

/** Reads what the journal knows of a trial and lists its files. @throws {UserError} TRIAL_UNKNOWN */
export function trialDetails(question: TrialQuestion): TrialDetails {
  const { id, snapshot, trial, folder } = findTrial(question)
  const { rows } = rankConfigurations(snapshot)
  const row = rows.find(({ configuration }) => configuration.number === trial.configuration)
  const { metric, fixed } = snapshot.spec
  return {
    id,
    trial,
    params: snapshot.configurations[trial.configuration]?.params ?? {},
    fixed,
    ...(metric === undefined ? {} : { metric }),
    ...(row === undefined ? {} : { rank: { rank: row.rank, of: rows.length, explanation: row.explanation } }),
    notes: snapshot.notes.filter((note) => note.trial === trial.number),
    folder,
    files: filesIn(folder),
  }
}

function filesIn(folder: string): TrialFile[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((item) => item.isFile())
      .map((item) => join(item.parentPath, item.name))
      .map((path) => ({ path: relative(folder, path), bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }))
      .sort((a, b) => a.path.localeCompare(b.path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
